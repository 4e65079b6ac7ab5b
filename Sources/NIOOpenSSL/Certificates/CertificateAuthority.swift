internal import COpenSSL

/// A certificate authority that signs with ECDSA (P-256, SHA-256).
package struct CertificateAuthority: Sendable {
    /// A certificate with its private key.
    package struct Identity: Sendable {
        package let certificate: Certificate
        /// An unencrypted PKCS#8 key in PEM.
        package let privateKey: [UInt8]

        package init(certificate: Certificate, privateKey: [UInt8]) {
            self.certificate = certificate
            self.privateKey = privateKey
        }
    }

    /// The first and last second in which a certificate is valid (RFC 5280, 4.1.2.5), since 1970-01-01T00:00:00Z.
    package typealias Validity = ClosedRange<Int64>

    package let identity: Identity

    /// The certificate and the key must belong together, which is not checked.
    package init(_ identity: Identity) { self.identity = identity }

    /// Makes a self-signed authority, which cannot sign other authorities.
    ///
    /// - Parameter commonName: Verifiers find a certificate's authority by this name, so two that are trusted at the
    ///   same time must not share it. It has at most 64 characters.
    package static func make(commonName: String, validity: Validity) throws(TLSError) -> CertificateAuthority {
        let key = try PrivateKey.make()
        let builder = try X509Builder(subject: commonName, validity: validity, key: key)
        try builder.setIssuer(nil)
        try builder.add(NID_basic_constraints, "critical,CA:TRUE,pathlen:0")
        try builder.add(NID_key_usage, "critical,keyCertSign,cRLSign")
        try builder.add(NID_subject_key_identifier, "hash")
        return CertificateAuthority(try builder.sign(with: key))
    }

    /// Issues a serving certificate with a new key.
    ///
    /// - Parameter commonName: At most 64 characters. Verifiers only look at `dnsNames`.
    package func issue(commonName: String, dnsNames: [String], validity: Validity) throws(TLSError) -> Identity {
        let chain = try PEM.certificates(identity.certificate.pem, from: .certificateChain)
        let authorityKey = try PEM.privateKey(identity.privateKey)
        let builder = try X509Builder(subject: commonName, validity: validity, key: try PrivateKey.make())
        try builder.setIssuer(chain)
        try builder.add(NID_basic_constraints, "critical,CA:FALSE")
        try builder.add(NID_key_usage, "critical,digitalSignature")
        try builder.add(NID_ext_key_usage, "serverAuth")
        try builder.add(NID_subject_key_identifier, "hash")
        try builder.add(NID_authority_key_identifier, "keyid:always")
        try builder.add(dnsNames: dnsNames)
        return try builder.sign(with: authorityKey)
    }
}
