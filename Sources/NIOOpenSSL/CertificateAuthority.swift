internal import COpenSSL

/// Signs certificates: ECDSA with P-256 and SHA-256.
package struct CertificateAuthority: Sendable {
    /// A certificate with its private key.
    package struct Identity: Sendable {
        package let certificate: Certificate
        /// PEM, PKCS#8, not encrypted.
        package let privateKey: [UInt8]

        package init(certificate: Certificate, privateKey: [UInt8]) {
            self.certificate = certificate
            self.privateKey = privateKey
        }
    }

    /// From and to, in seconds since 1970-01-01T00:00:00Z, both included (RFC 5280, 4.1.2.5).
    package typealias Validity = ClosedRange<Int64>

    package let identity: Identity

    /// Trusts that key and certificate belong together.
    package init(_ identity: Identity) { self.identity = identity }

    /// A new one, self-signed, that signs no further authorities.
    ///
    /// - Parameter commonName: Verifiers find a certificate's authority by this name, so two that are trusted at the same
    ///   time must not share it. 64 characters at most.
    package static func make(commonName: String, validity: Validity) throws(TLSError) -> CertificateAuthority {
        let key = try PrivateKey.make()
        let builder = try X509Builder(subject: commonName, validity: validity, key: key)
        try builder.setIssuer(nil)
        try builder.add(NID_basic_constraints, "critical,CA:TRUE,pathlen:0")
        try builder.add(NID_key_usage, "critical,keyCertSign,cRLSign")
        try builder.add(NID_subject_key_identifier, "hash")
        return CertificateAuthority(try builder.sign(with: key))
    }

    /// A serving certificate with a key of its own.
    ///
    /// - Parameters:
    ///   - commonName: 64 characters at most; verifiers look at `dnsNames` alone.
    package func issue(
        commonName: String,
        dnsNames: [String],
        validity: Validity
    ) throws(TLSError) -> Identity {
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
