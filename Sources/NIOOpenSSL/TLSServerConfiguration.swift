/// What a TLS server presents and accepts.
package struct TLSServerConfiguration: Sendable {
    /// Whether a client must show a certificate, and the certificates (PEM) that its chain may end in.
    package enum ClientCertificates: Sendable, Equatable {
        /// None is asked for.
        case none
        /// One is asked for; a client without one is let in, a client with one that does not verify is not.
        case optional(trustRoots: [UInt8])
        /// The handshake fails without one that verifies.
        case required(trustRoots: [UInt8])
    }

    /// PEM, the leaf first, then its issuers; other blocks and text between them are skipped.
    package var certificateChain: [UInt8]
    /// PEM, not encrypted: `PRIVATE KEY`, `RSA PRIVATE KEY` or `EC PRIVATE KEY`.
    package var privateKey: [UInt8]
    package var clientCertificates: ClientCertificates = .none
    /// `nil` means 1.2. Never goes below the minimum of the system's OpenSSL configuration.
    package var minimumVersion: TLSVersion? = nil
    /// `nil` means the highest that OpenSSL has. Never goes above the maximum of the system's OpenSSL configuration.
    package var maximumVersion: TLSVersion? = nil
    package var cipherSuites = TLSCipherSuites()
    /// ALPN protocol identifiers (RFC 7301) in order of preference. A client that offers none of them is let in
    /// without one.
    package var applicationProtocols = ["http/1.1"]

    package init(certificateChain: [UInt8], privateKey: [UInt8]) {
        self.certificateChain = certificateChain
        self.privateKey = privateKey
    }
}
