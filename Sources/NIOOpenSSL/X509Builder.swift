internal import COpenSSL

/// Puts a certificate together.
final class X509Builder {
    private let certificate: OpaquePointer
    private let key: PrivateKey
    /// Nil for a certificate that signs itself.
    private var issuer: X509Chain?

    /// The serial number is random: 128 bits.
    init(subject: String, validity: CertificateAuthority.Validity, key: PrivateKey) throws(TLSError) {
        OpenSSLErrorQueue.clear()
        guard let certificate = X509_new() else {
            throw .library(call: "X509_new", reason: OpenSSLErrorQueue.drain() ?? "out of memory")
        }
        self.certificate = certificate
        self.key = key
        try check("X509_set_version", X509_set_version(certificate, Int(X509_VERSION_3)))
        try setSerialNumber()
        try setValidity(validity)
        let name = X509_get_subject_name(certificate)
        let length = Int32(subject.utf8.count)
        let added = X509_NAME_add_entry_by_NID(name, NID_commonName, MBSTRING_UTF8, Array(subject.utf8), length, -1, 0)
        try check("X509_NAME_add_entry_by_NID", added)
        try check("X509_set_pubkey", X509_set_pubkey(certificate, key.pointer))
    }

    deinit { X509_free(certificate) }

    /// - Parameter issuer: With the issuer's certificate first; nil for a certificate that signs itself.
    func setIssuer(_ issuer: X509Chain?) throws(TLSError) {
        self.issuer = issuer
        let name = X509_get_subject_name(issuer?.pointers.first ?? certificate)
        try check("X509_set_issuer_name", X509_set_issuer_name(certificate, name))
    }

    /// - Parameter value: As in a configuration file of OpenSSL (x509v3_config).
    func add(_ identifier: Int32, _ value: String) throws(TLSError) {
        var context = X509V3_CTX()
        X509V3_set_ctx(&context, issuer?.pointers.first ?? certificate, certificate, nil, nil, 0)
        guard let added = X509V3_EXT_nconf_nid(nil, &context, identifier, value) else {
            throw .library(call: "X509V3_EXT_nconf_nid", reason: OpenSSLErrorQueue.drain() ?? value)
        }
        defer { X509_EXTENSION_free(added) }
        try check("X509_add_ext", X509_add_ext(certificate, added, -1))
    }

    /// The subject alternative names.
    func add(dnsNames: [String]) throws(TLSError) {
        guard let names = OPENSSL_sk_new_null() else {
            throw .library(call: "OPENSSL_sk_new_null", reason: OpenSSLErrorQueue.drain() ?? "out of memory")
        }
        defer { GENERAL_NAMES_free(names) }
        for name in dnsNames {
            guard let entry = GENERAL_NAME_new(), let text = ASN1_STRING_type_new(V_ASN1_IA5STRING) else {
                throw .library(call: "GENERAL_NAME_new", reason: OpenSSLErrorQueue.drain() ?? "out of memory")
            }
            GENERAL_NAME_set0_value(entry, GEN_DNS, text)
            guard OPENSSL_sk_push(names, entry) > 0 else {
                GENERAL_NAME_free(entry)
                throw .library(call: "OPENSSL_sk_push", reason: OpenSSLErrorQueue.drain() ?? "out of memory")
            }
            try check("ASN1_STRING_set", ASN1_STRING_set(text, name, Int32(name.utf8.count)))
        }
        let added = X509_add1_ext_i2d(certificate, NID_subject_alt_name, UnsafeMutableRawPointer(names), 0, 0)
        try check("X509_add1_ext_i2d", added)
    }

    func sign(with authorityKey: PrivateKey) throws(TLSError) -> CertificateAuthority.Identity {
        defer { extendLifetime(authorityKey) }
        guard X509_sign(certificate, authorityKey.pointer, EVP_sha256()) > 0 else {
            throw .library(call: "X509_sign", reason: OpenSSLErrorQueue.drain() ?? "no reason given")
        }
        return CertificateAuthority.Identity(
            certificate: try Certificate(certificate),
            privateKey: try PEM.write(key)
        )
    }

    private func setSerialNumber() throws(TLSError) {
        guard let number = BN_new() else {
            throw .library(call: "BN_new", reason: OpenSSLErrorQueue.drain() ?? "out of memory")
        }
        defer { BN_free(number) }
        try check("BN_rand", BN_rand(number, 128, BN_RAND_TOP_ANY, BN_RAND_BOTTOM_ANY))
        guard BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate)) != nil else {
            throw .library(call: "BN_to_ASN1_INTEGER", reason: OpenSSLErrorQueue.drain() ?? "out of memory")
        }
    }

    private func setValidity(_ validity: CertificateAuthority.Validity) throws(TLSError) {
        let first = ASN1_TIME_set(nil, time_t(validity.lowerBound))
        let last = ASN1_TIME_set(nil, time_t(validity.upperBound))
        defer {
            ASN1_TIME_free(first)
            ASN1_TIME_free(last)
        }
        try check("X509_set1_notBefore", X509_set1_notBefore(certificate, first))
        try check("X509_set1_notAfter", X509_set1_notAfter(certificate, last))
    }

    private func check(_ call: String, _ result: Int32) throws(TLSError) {
        guard result == 1 else { throw .library(call: call, reason: OpenSSLErrorQueue.drain() ?? "refused") }
    }
}
