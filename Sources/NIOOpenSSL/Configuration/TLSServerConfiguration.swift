/// What a TLS server presents and accepts.
package struct TLSServerConfiguration: Sendable {
    /// Whether a client must show a certificate, and the certificates (PEM) that its chain may end in.
    package enum ClientCertificates: Sendable, Equatable {
        /// No certificate is requested.
        case none
        /// A certificate is requested. A client without one is accepted, a client whose certificate does not verify is
        /// not.
        case optional(trustRoots: [UInt8])
        /// The handshake fails without a certificate that verifies.
        case required(trustRoots: [UInt8])
    }

    /// The certificate chain in PEM, leaf first, then its issuers; other blocks and text between them are skipped.
    package var certificateChain: [UInt8]
    /// The unencrypted key in PEM: `PRIVATE KEY`, `RSA PRIVATE KEY` or `EC PRIVATE KEY`.
    package var privateKey: [UInt8]
    package var clientCertificates: ClientCertificates = .none
    /// The lowest version; `nil` means 1.2. The minimum of the system's OpenSSL configuration applies as well.
    package var minimumVersion: TLSVersion? = nil
    /// The highest version; `nil` means OpenSSL's. The maximum of the system's OpenSSL configuration applies as well.
    package var maximumVersion: TLSVersion? = nil
    package var cipherSuites = TLSCipherSuites()
    /// ALPN protocol identifiers (RFC 7301) in order of preference. A client that offers none of them is accepted
    /// without a protocol.
    package var applicationProtocols = ["http/1.1"]

    package init(certificateChain: [UInt8], privateKey: [UInt8]) {
        self.certificateChain = certificateChain
        self.privateKey = privateKey
    }
}
