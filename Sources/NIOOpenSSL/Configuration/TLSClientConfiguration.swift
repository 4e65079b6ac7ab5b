/// What a TLS client trusts and presents.
package struct TLSClientConfiguration: Sendable {
    /// The certificates that a server's chain may end in. They need not be self-signed: an intermediate or the server's
    /// own certificate is an anchor too, as in Go.
    package enum TrustRoots: Sendable, Equatable {
        /// OpenSSL's default store, which the environment variables `SSL_CERT_FILE` and `SSL_CERT_DIR` can replace.
        case system
        /// One or more certificates in PEM.
        case pem([UInt8])
    }

    package enum Verification: Sendable, Equatable {
        /// The chain and the server's name or address are verified.
        case full
        /// Nothing is verified, as with `insecure-skip-tls-verify` in a kubeconfig.
        case none
    }

    package var trustRoots: TrustRoots = .system
    package var verification: Verification = .full
    /// The client's own certificate chain in PEM, leaf first; given together with `privateKey` or not at all.
    package var certificateChain: [UInt8]?
    /// The unencrypted private key in PEM; given together with `certificateChain` or not at all.
    package var privateKey: [UInt8]?
    /// The lowest version; `nil` means 1.2. The minimum of the system's OpenSSL configuration applies as well.
    package var minimumVersion: TLSVersion? = nil
    /// The highest version; `nil` means OpenSSL's. The maximum of the system's OpenSSL configuration applies as well.
    package var maximumVersion: TLSVersion? = nil
    /// ALPN protocol identifiers (RFC 7301) in order of preference.
    package var applicationProtocols = ["http/1.1"]

    package init() {}
}
