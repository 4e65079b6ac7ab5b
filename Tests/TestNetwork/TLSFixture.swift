package import NIOOpenSSL

/// Certificates that many tests share, because creating them takes a moment.
package struct TLSFixture: Sendable {
    package let authority: TestCertificates
    package let otherAuthority: TestCertificates
    /// For localhost, *.test.example, 127.0.0.1 and ::1.
    package let server: TestCertificates.Identity
    package let client: TestCertificates.Identity
    package let strangersClient: TestCertificates.Identity

    package static let names = ["localhost", "*.test.example"]
    package static let addresses = ["127.0.0.1", "::1"]

    private static let made = Result { try TLSFixture() }

    package static var shared: TLSFixture {
        get throws { try made.get() }
    }

    private init() throws {
        authority = try TestCertificates()
        otherAuthority = try TestCertificates(commonName: "Other CA")
        server = try authority.issue(subject: "/CN=server", dnsNames: Self.names, ipAddresses: Self.addresses)
        client = try authority.issue(subject: "/O=clients/CN=client", usage: .client)
        strangersClient = try otherAuthority.issue(subject: "/CN=stranger", usage: .client)
    }

    package func serverContext(
        _ identity: TestCertificates.Identity? = nil,
        _ change: (inout TLSServerConfiguration) -> Void = { _ in }
    ) throws -> TLSContext {
        let identity = identity ?? server
        var configuration = TLSServerConfiguration(
            certificateChain: identity.certificate,
            privateKey: identity.key
        )
        change(&configuration)
        return try TLSContext(server: configuration)
    }

    package func clientContext(
        _ identity: TestCertificates.Identity? = nil,
        _ change: (inout TLSClientConfiguration) -> Void = { _ in }
    ) throws -> TLSContext {
        var configuration = TLSClientConfiguration()
        configuration.trustRoots = .pem(authority.root.certificate)
        configuration.certificateChain = identity?.certificate
        configuration.privateKey = identity?.key
        change(&configuration)
        return try TLSContext(client: configuration)
    }
}
