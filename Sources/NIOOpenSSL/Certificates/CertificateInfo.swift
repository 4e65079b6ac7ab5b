internal import COpenSSL
internal import NIOCore

/// The properties of a certificate that human readers and logs need.
package struct CertificateInfo: Sendable, Equatable {
    /// The distinguished name in the form of RFC 2253, `CN=name,O=organization`; it may be empty.
    package let subject: String
    /// The serial number in upper-case hexadecimal digits.
    package let serialNumber: String
    /// The start of the validity, in seconds since 1970-01-01T00:00:00Z.
    package let notBefore: Int64
    /// The end of the validity, in seconds since 1970-01-01T00:00:00Z.
    package let notAfter: Int64
    /// The subject alternative names of type DNS.
    package let dnsNames: [String]
    /// The subject alternative names of type IP, in text form.
    package let ipAddresses: [String]

    /// Reads an OpenSSL `X509`.
    init(_ pointer: OpaquePointer) {
        subject = Self.text(of: X509_get_subject_name(pointer))
        serialNumber = Self.hexadecimal(X509_get0_serialNumber(pointer))
        notBefore = Self.seconds(X509_get0_notBefore(pointer))
        notAfter = Self.seconds(X509_get0_notAfter(pointer))
        (dnsNames, ipAddresses) = Self.alternativeNames(of: pointer)
    }

    static func text(of name: OpaquePointer?) -> String {
        guard let name, let bio = BIO_new(BIO_s_mem()) else { return "" }
        defer { BIO_free(bio) }
        // UTF-8 is kept as it is; control characters are escaped.
        let flags = COpenSSL_XN_FLAG_RFC2253() & ~UInt(ASN1_STRFLGS_ESC_MSB)
        guard X509_NAME_print_ex(bio, name, 0, flags) >= 0 else { return "" }
        var start: UnsafeMutablePointer<CChar>?
        let count = COpenSSL_BIO_get_mem_data(bio, &start)
        guard let start, count > 0 else { return "" }
        return String(decoding: UnsafeRawBufferPointer(start: start, count: count), as: UTF8.self)
    }

    private static func hexadecimal(_ serial: UnsafePointer<ASN1_INTEGER>?) -> String {
        guard let number = ASN1_INTEGER_to_BN(serial, nil) else { return "" }
        defer { BN_free(number) }
        guard let digits = BN_bn2hex(number) else { return "" }
        defer { COpenSSL_free(digits) }
        return String(cString: digits)
    }

    private static func seconds(_ time: UnsafePointer<ASN1_TIME>?) -> Int64 {
        guard let epoch = ASN1_TIME_set(nil, 0) else { return 0 }
        defer { ASN1_TIME_free(epoch) }
        var days: Int32 = 0
        var seconds: Int32 = 0
        guard ASN1_TIME_diff(&days, &seconds, epoch, time) == 1 else { return 0 }
        return Int64(days) * 86_400 + Int64(seconds)
    }

    private static func alternativeNames(of certificate: OpaquePointer) -> (dns: [String], ip: [String]) {
        guard let found = X509_get_ext_d2i(certificate, NID_subject_alt_name, nil, nil) else { return ([], []) }
        let names = OpaquePointer(found)
        defer { GENERAL_NAMES_free(names) }
        var dns: [String] = []
        var ip: [String] = []
        for index in 0..<OPENSSL_sk_num(names) {
            guard let entry = OPENSSL_sk_value(names, index) else { continue }
            var type: Int32 = 0
            let value = GENERAL_NAME_get0_value(entry.assumingMemoryBound(to: GENERAL_NAME.self), &type)
            guard let value, type == GEN_DNS || type == GEN_IPADD else { continue }
            let string = value.assumingMemoryBound(to: ASN1_STRING.self)
            let bytes = UnsafeRawBufferPointer(
                start: ASN1_STRING_get0_data(string),
                count: Int(ASN1_STRING_length(string))
            )
            if type == GEN_DNS {
                dns.append(String(decoding: bytes, as: UTF8.self))
            } else if let address = try? SocketAddress(packedIPAddress: ByteBuffer(bytes: bytes), port: 0).ipAddress {
                ip.append(address)
            }
        }
        return (dns, ip)
    }
}

extension CertificateInfo: CustomStringConvertible {
    package var description: String {
        let names = dnsNames + ipAddresses
        let subject = subject.isEmpty ? "serial number \(serialNumber)" : subject
        return names.isEmpty ? "\"\(subject)\"" : "\"\(subject)\" with the names \(names.joined(separator: ", "))"
    }
}

extension CertificateInfo {
    /// The certificates of a PEM text, in order; there is at least one.
    package static func certificates(in pem: [UInt8]) throws(TLSError) -> [CertificateInfo] {
        let chain = try PEM.certificates(pem, from: .trustRoots)
        defer { extendLifetime(chain) }
        return chain.pointers.map { CertificateInfo($0) }
    }
}
