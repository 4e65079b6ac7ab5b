internal import COpenSSL

/// An OpenSSL `SSL_CTX`: what the connections of one server or client have in common. It never changes. A server
/// rotates its certificate by using a new context for new connections, while the old ones keep theirs.
package final class TLSContext: Sendable {
    /// This is safe to share because an `SSL_CTX` counts references atomically and nothing changes this one after
    /// `init`.
    nonisolated(unsafe) let pointer: OpaquePointer
    /// The certificate that this side presents; `nil` for a client without one.
    package let leaf: CertificateInfo?
    let role: TLSRole
    /// Whether the handshake verifies the peer's certificate, if the peer presents one.
    let verifiesPeer: Bool
    private let alpn: ALPNProtocols

    /// Checks the whole configuration, including that the key matches the certificate.
    package init(server configuration: TLSServerConfiguration) throws(TLSError) {
        let builder = try TLSContextBuilder(role: .server)
        try builder.setVersions(minimum: configuration.minimumVersion, maximum: configuration.maximumVersion)
        try builder.setCipherSuites(configuration.cipherSuites)
        leaf = try builder.setIdentity(chain: configuration.certificateChain, key: configuration.privateKey)
        try builder.setClientCertificates(configuration.clientCertificates)
        alpn = try ALPNProtocols(configuration.applicationProtocols)
        builder.select(alpn)
        role = .server
        verifiesPeer = configuration.clientCertificates != .none
        pointer = builder.finish()
    }

    /// Checks the whole configuration, including that the key matches the certificate.
    package init(client configuration: TLSClientConfiguration) throws(TLSError) {
        let builder = try TLSContextBuilder(role: .client)
        try builder.setVersions(minimum: configuration.minimumVersion, maximum: configuration.maximumVersion)
        switch (configuration.certificateChain, configuration.privateKey) {
        case (let chain?, let key?): leaf = try builder.setIdentity(chain: chain, key: key)
        case (nil, nil): leaf = nil
        case (_?, nil): throw .certificateWithoutKey
        case (nil, _?): throw .keyWithoutCertificate
        }
        try builder.setTrust(configuration.trustRoots, configuration.verification)
        alpn = try ALPNProtocols(configuration.applicationProtocols)
        try builder.offer(alpn)
        role = .client
        verifiesPeer = configuration.verification == .full
        pointer = builder.finish()
    }

    deinit { SSL_CTX_free(pointer) }
}

enum TLSRole: Sendable {
    case server
    case client
}
