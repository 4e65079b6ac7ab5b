import HTTPClient
import Logging
import NIOCore
import NIOOpenSSL
import NIOPosix
import TestNetwork
import TestPrograms
import TestSupport
import Testing

@testable import Kubernetes

@Suite("The API client over TLS, against openssl s_server", .timeLimit(.minutes(1)))
struct APIClientToolTests {
    private static let authority = Result { try TestCertificates() }
    private static let otherAuthority = Result { try TestCertificates() }

    /// `openssl s_server`, which answers every request with the file at that path.
    private struct Server {
        let process: RunningCommand
        let folder: TemporaryDirectory
        let port: Int

        /// - Parameter port: 0 for a free port.
        init(_ identity: TestCertificates.Identity, _ arguments: [String] = [], port requested: Int = 0) async throws {
            folder = try TemporaryDirectory()
            try folder.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}", to: "healthz")
            let files = ["-cert", identity.certificatePath, "-key", identity.keyPath]
            let options = ["s_server", "-accept", "127.0.0.1:\(requested)", "-HTTP"] + files + arguments
            process = try Command("openssl", options, directory: folder.path).start()
            // s_server prints the port only if it chose it.
            try await process.waitForOutput(containing: requested == 0 ? "ACCEPT 127.0.0.1:" : "ACCEPT")
            let line = (process.text + process.errorText).split(separator: "\n").first { $0.hasPrefix("ACCEPT") }
            port = line?.split(separator: ":").last.flatMap { Int($0) } ?? requested
        }
    }

    private static func client(_ configuration: ClusterConfiguration) -> APIClient {
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        return APIClient(configuration, on: NIOSingletons.posixEventLoopGroup, logger: logger)
    }

    private func get(
        _ server: Server,
        name: String? = nil,
        _ change: (inout TLSClientConfiguration) throws -> Void = { _ in }
    ) async throws -> String {
        var tls = TLSClientConfiguration()
        tls.trustRoots = .pem(try Self.authority.get().root.certificate)
        try change(&tls)
        let context = try TLSContext(client: tls)
        let configuration = ClusterConfiguration(
            server: ServerURL(isTLS: true, host: "127.0.0.1", port: server.port),
            tlsServerName: name,
            access: ClusterAccess(tls: context, credentials: FixedCredentials.none)
        )
        let client = Self.client(configuration)
        defer { client.shutDown() }
        return String(buffer: try await client.get("/healthz").body)
    }

    private func reason(_ body: () async throws -> String) async -> String {
        do {
            return "no error: " + (try await body())
        } catch let error as KubernetesError {
            return error.description
        } catch {
            return "another error: \(error)"
        }
    }

    @Test("verifies an IP address, or a name if one is given")
    func verification() async throws {
        let identity = try Self.authority.get().issue(dnsNames: ["api.test"], ipAddresses: ["127.0.0.1"])
        let server = try await Server(identity)
        #expect(try await get(server) == "{}")
        #expect(try await get(server, name: "api.test") == "{}")
        #expect(await reason { try await get(server, name: "other.test") }.contains("was not accepted"))
    }

    @Test("refuses a wrong address, a different authority, and an expired certificate")
    func refusals() async throws {
        let authority = try Self.authority.get()
        let wrongAddress = try await Server(try authority.issue(ipAddresses: ["127.0.0.2"]))
        let mismatch = await reason { try await get(wrongAddress) }
        #expect(mismatch.contains("\"127.0.0.1\" was not accepted: IP address mismatch"), "\(mismatch)")
        let wrongAuthority = try await Server(try Self.otherAuthority.get().issue(ipAddresses: ["127.0.0.1"]))
        let untrusted = await reason { try await get(wrongAuthority) }
        #expect(untrusted.contains("\"127.0.0.1\" was not accepted"), "\(untrusted)")
        let expired = try await Server(try authority.issue(ipAddresses: ["127.0.0.1"], days: -1))
        let outdated = await reason { try await get(expired) }
        #expect(outdated.contains("expired"), "\(outdated)")
    }

    @Test("verifies nothing if told not to")
    func insecure() async throws {
        let server = try await Server(try Self.otherAuthority.get().issue(dnsNames: ["unrelated"]))
        #expect(try await get(server) { $0.verification = .none } == "{}")
    }

    @Test("presents its certificate", arguments: ["-tls1_2", "-tls1_3"])
    func clientCertificate(version: String) async throws {
        let authority = try Self.authority.get()
        let client = try authority.issue(subject: "/CN=me", usage: .client)
        let server = try await Server(
            try authority.issue(ipAddresses: ["127.0.0.1"]),
            [version, "-Verify", "1", "-verify_return_error", "-CAfile", authority.root.certificatePath]
        )
        let body = try await get(server) { configuration in
            configuration.certificateChain = client.certificate
            configuration.privateKey = client.key
        }
        #expect(body == "{}")
        #expect(
            await reason { try await get(server) }.contains("connection to the API server"),
            "the client has no certificate to present"
        )
    }

    @Test("follows the CA that the kubelet replaces in a pod's volume")
    func newAuthority() async throws {
        let root = try TemporaryDirectory()
        let folder = "var/run/secrets/kubernetes.io/serviceaccount"
        /// Mounts a CA as the kubelet does: a new folder, and a link to it that replaces the old one atomically.
        func mount(_ authority: TestCertificates, as name: String) throws {
            try root.makeFolder("\(folder)/\(name)")
            try root.write("token", to: "\(folder)/\(name)/token")
            let certificate = String(decoding: authority.root.certificate, as: UTF8.self)
            try root.write(certificate, to: "\(folder)/\(name)/ca.crt")
            try root.link("\(folder)/..data", to: name)
        }
        let (old, new) = (try Self.authority.get(), try Self.otherAuthority.get())
        try mount(old, as: "..1")
        for name in ["token", "ca.crt"] {
            try root.link("\(folder)/\(name)", to: "..data/\(name)")
        }
        var server: Server? = try await Server(try old.issue(ipAddresses: ["127.0.0.1"]))
        let port = server?.port ?? 0
        let configuration = try ClusterConfiguration.inCluster(
            environment: ["KUBERNETES_SERVICE_HOST": "127.0.0.1", "KUBERNETES_SERVICE_PORT": "\(port)"],
            rootFolder: root.path
        )
        let client = Self.client(configuration)
        defer { client.shutDown() }
        #expect(String(buffer: try await client.get("/healthz").body) == "{}")

        server?.process.terminate()
        _ = try await server?.process.waitForExit()
        server = try await Server(try new.issue(ipAddresses: ["127.0.0.1"]), port: port)
        #expect(await reason { String(buffer: try await client.get("/healthz").body) }.contains("was not accepted"))
        try mount(new, as: "..2")
        try await eventually("the new CA to be trusted") {
            String(buffer: try await client.get("/healthz").body) == "{}"
        }
        server?.process.terminate()
    }
}
