import Logging
import NIOCore
import NIOOpenSSL
import NIOPosix
import TestNetwork
import TestSupport
import Testing

@testable import Kubernetes

@Suite("The API client over TLS", .timeLimit(.minutes(5)))
struct APIClientTLSTests {
    @Test("reports that the server does not speak TLS")
    func plainServer() async throws {
        let server = try await ScriptedServer { _ in [.json("{}")] }
        let context = try TLSContext(client: TLSClientConfiguration())
        let client = Fixture.client(port: server.port, tls: context)
        let error = await #expect(throws: KubernetesError.self) { try await client.get("/") }
        let text = error?.description ?? ""
        #expect(
            text.hasPrefix("the connection to the API server at https://127.0.0.1:\(server.port) failed: "),
            "\(text)"
        )
        try await server.close()
    }

    @Test("makes new connections with a renewed certificate, and uses none with the old one")
    func renewedCertificate() async throws {
        let authority = try TestCertificates()
        let identity = try authority.issue(ipAddresses: ["127.0.0.1"])
        var tls = TLSServerConfiguration(certificateChain: identity.certificate, privateKey: identity.key)
        tls.clientCertificates = .required(trustRoots: authority.root.certificate)
        let server = try await ScriptedServer(tls: try TLSContext(server: tls)) { _ in [.json("{}")] }
        let folder = try TemporaryDirectory()
        func write(_ name: String) throws {
            let client = try authority.issue(subject: "/CN=\(name)", usage: .client)
            try Kubeconfig.write(
                to: folder.path("kubeconfig"),
                server: "https://127.0.0.1:\(server.port)",
                authorityFile: authority.root.certificatePath,
                credential: .clientCertificate(file: client.certificatePath, keyFile: client.keyPath),
                inline: true
            )
        }
        try write("one")
        let path = folder.path("kubeconfig")
        let configuration = try ClusterConfiguration.load(kubeConfig: .file(path), server: nil, environment: [:])
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let client = APIClient(configuration, on: NIOSingletons.posixEventLoopGroup, logger: logger)
        for _ in 0..<2 { _ = try await client.get("/") }
        try write("two")
        configuration.access.refused()
        for _ in 0..<2 { _ = try await client.get("/") }
        #expect(server.requests.map(\.connection) == [0, 0, 1, 1])
        client.shutDown()
        try await server.close()
    }
}
