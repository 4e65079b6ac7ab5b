internal import COpenSSL

/// An X.509 certificate.
package struct Certificate: Sendable {
    /// One block, without the text that may have stood around it.
    package let pem: [UInt8]
    package let info: CertificateInfo
    /// SHA-256 of the DER form, in hexadecimal digits.
    package let fingerprint: String
    /// Whether it may sign certificates: basic constraints and key usage.
    package let isAuthority: Bool
    /// Whether its purposes include a TLS server's.
    package let isForServers: Bool

    /// - Parameter pointer: An OpenSSL `X509`.
    init(_ pointer: OpaquePointer) throws(TLSError) {
        pem = try PEM.write(certificate: pointer)
        info = CertificateInfo(pointer)
        fingerprint = Self.digest(pointer)
        isAuthority = X509_check_ca(pointer) == 1
        isForServers = X509_check_purpose(pointer, X509_PURPOSE_SSL_SERVER, 0) == 1
        // A certificate with a malformed extension leaves errors behind, and passes no check.
        OpenSSLErrorQueue.clear()
    }

    /// The certificates of a PEM text in their order; at least one.
    package static func parse(_ pem: [UInt8]) throws(TLSError) -> [Certificate] {
        let chain = try PEM.certificates(pem, from: .certificateChain)
        defer { extendLifetime(chain) }
        var certificates: [Certificate] = []
        for pointer in chain.pointers { certificates.append(try Certificate(pointer)) }
        return certificates
    }

    /// Whether the authority's name and key are those that this certificate was signed with. Dates are not looked at.
    package func isIssued(by authority: Certificate) -> Bool {
        guard
            let own = try? PEM.certificates(pem, from: .certificateChain),
            let other = try? PEM.certificates(authority.pem, from: .certificateChain)
        else { return false }
        defer {
            extendLifetime(own)
            extendLifetime(other)
            OpenSSLErrorQueue.clear()
        }
        let (leaf, issuer) = (own.pointers[0], other.pointers[0])
        return X509_check_issued(issuer, leaf) == X509_V_OK && X509_verify(leaf, X509_get0_pubkey(issuer)) == 1
    }

    /// Whether this is the certificate of a private key in PEM.
    package func belongs(to privateKey: [UInt8]) -> Bool {
        guard
            let chain = try? PEM.certificates(pem, from: .certificateChain),
            let key = try? PEM.privateKey(privateKey)
        else { return false }
        defer {
            extendLifetime(chain)
            extendLifetime(key)
            OpenSSLErrorQueue.clear()
        }
        return X509_check_private_key(chain.pointers[0], key.pointer) == 1
    }

    private static func digest(_ pointer: OpaquePointer) -> String {
        var bytes = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
        var count: UInt32 = 0
        guard X509_digest(pointer, EVP_sha256(), &bytes, &count) == 1 else { return "" }
        let digits = Array("0123456789abcdef".utf8)
        let text = bytes.prefix(Int(count)).flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
        return String(decoding: text, as: UTF8.self)
    }
}

extension Certificate: Hashable {
    package static func == (left: Certificate, right: Certificate) -> Bool { left.fingerprint == right.fingerprint }
    package func hash(into hasher: inout Hasher) { hasher.combine(fingerprint) }
}
