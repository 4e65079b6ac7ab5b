import NIOOpenSSL
import TestSupport

/// Certificates that many tests share; making them takes a moment.
struct Fixture: Sendable {
    let authority: TestCertificates
    let otherAuthority: TestCertificates
    /// For localhost, *.test.example, 127.0.0.1 and ::1.
    let server: TestCertificates.Identity
    let client: TestCertificates.Identity
    let strangersClient: TestCertificates.Identity

    static let names = ["localhost", "*.test.example"]
    static let addresses = ["127.0.0.1", "::1"]

    private static let made = Result { try Fixture() }

    static var shared: Fixture {
        get throws { try made.get() }
    }

    private init() throws {
        authority = try TestCertificates()
        otherAuthority = try TestCertificates(commonName: "Other CA")
        server = try authority.issue(subject: "/CN=server", dnsNames: Self.names, ipAddresses: Self.addresses)
        client = try authority.issue(subject: "/O=clients/CN=client", usage: .client)
        strangersClient = try otherAuthority.issue(subject: "/CN=stranger", usage: .client)
    }

    func serverContext(
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

    func clientContext(
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
