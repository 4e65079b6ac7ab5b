internal import COpenSSL

/// Builds and signs an X.509 certificate.
final class X509Builder {
    private let certificate: OpaquePointer
    private let key: PrivateKey
    /// The issuer's chain; nil for a self-signed certificate.
    private var issuer: X509Chain?

    /// The certificate gets a random serial number of 128 bits.
    init(subject: String, validity: CertificateAuthority.Validity, key: PrivateKey) throws(TLSError) {
        OpenSSLErrorQueue.clear()
        guard let certificate = X509_new() else { throw .failed("X509_new") }
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

    /// - Parameter issuer: A chain that begins with the issuer's certificate; nil for a self-signed certificate.
    func setIssuer(_ issuer: X509Chain?) throws(TLSError) {
        self.issuer = issuer
        let name = X509_get_subject_name(issuer?.pointers.first ?? certificate)
        try check("X509_set_issuer_name", X509_set_issuer_name(certificate, name))
    }

    /// - Parameter value: The extension's value in the syntax of OpenSSL's configuration files (x509v3_config).
    func add(_ identifier: Int32, _ value: String) throws(TLSError) {
        var context = X509V3_CTX()
        X509V3_set_ctx(&context, issuer?.pointers.first ?? certificate, certificate, nil, nil, 0)
        guard let added = X509V3_EXT_nconf_nid(nil, &context, identifier, value) else {
            throw .failed("X509V3_EXT_nconf_nid", value)
        }
        defer { X509_EXTENSION_free(added) }
        try check("X509_add_ext", X509_add_ext(certificate, added, -1))
    }

    /// Adds the subject alternative names.
    func add(dnsNames: [String]) throws(TLSError) {
        guard let names = OPENSSL_sk_new_null() else { throw .failed("OPENSSL_sk_new_null") }
        defer { GENERAL_NAMES_free(names) }
        for name in dnsNames {
            guard let entry = GENERAL_NAME_new(), let text = ASN1_STRING_type_new(V_ASN1_IA5STRING) else {
                throw .failed("GENERAL_NAME_new")
            }
            GENERAL_NAME_set0_value(entry, GEN_DNS, text)
            guard OPENSSL_sk_push(names, entry) > 0 else {
                GENERAL_NAME_free(entry)
                throw .failed("OPENSSL_sk_push")
            }
            try check("ASN1_STRING_set", ASN1_STRING_set(text, name, Int32(name.utf8.count)))
        }
        let added = X509_add1_ext_i2d(certificate, NID_subject_alt_name, UnsafeMutableRawPointer(names), 0, 0)
        try check("X509_add1_ext_i2d", added)
    }

    func sign(with authorityKey: PrivateKey) throws(TLSError) -> CertificateAuthority.Identity {
        defer { extendLifetime(authorityKey) }
        guard X509_sign(certificate, authorityKey.pointer, EVP_sha256()) > 0 else {
            throw .failed("X509_sign", "no reason given")
        }
        return CertificateAuthority.Identity(certificate: try Certificate(certificate), privateKey: try PEM.write(key))
    }

    private func setSerialNumber() throws(TLSError) {
        guard let number = BN_new() else { throw .failed("BN_new") }
        defer { BN_free(number) }
        try check("BN_rand", BN_rand(number, 128, BN_RAND_TOP_ANY, BN_RAND_BOTTOM_ANY))
        guard BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate)) != nil else {
            throw .failed("BN_to_ASN1_INTEGER")
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
        guard result == 1 else { throw .failed(call, "refused") }
    }
}
