/// What a TLS client trusts and presents.
package struct TLSClientConfiguration: Sendable {
    /// The certificates that a server's chain may end in. They need not be self-signed: an intermediate or the server's
    /// own certificate is an anchor too, as in Go.
    package enum TrustRoots: Sendable, Equatable {
        /// OpenSSL's default store; the environment's `SSL_CERT_FILE` and `SSL_CERT_DIR` move it.
        case system
        /// One or more certificates in PEM.
        case pem([UInt8])
    }

    package enum Verification: Sendable, Equatable {
        /// The chain and the server's name or address are verified.
        case full
        /// Nothing is: kubeconfig's `insecure-skip-tls-verify`.
        case none
    }

    package var trustRoots: TrustRoots = .system
    package var verification: Verification = .full
    /// The client's own certificate, PEM, the leaf first. Comes with `privateKey` or not at all.
    package var certificateChain: [UInt8]?
    /// PEM, not encrypted. Comes with `certificateChain` or not at all.
    package var privateKey: [UInt8]?
    /// `nil` means 1.2. Never goes below the minimum of the system's OpenSSL configuration.
    package var minimumVersion: TLSVersion? = nil
    /// `nil` means the highest that OpenSSL has. Never goes above the maximum of the system's OpenSSL configuration.
    package var maximumVersion: TLSVersion? = nil
    /// ALPN protocol identifiers (RFC 7301) in order of preference.
    package var applicationProtocols = ["http/1.1"]

    package init() {}
}
