import NIOCore
import NIOOpenSSL
import TestSupport
import Testing

@testable import Kubernetes

@Suite("The API client over TLS, against openssl s_server", .timeLimit(.minutes(1)))
struct APIClientTLSTests {
    private static let authority = Result { try TestCertificates() }
    private static let otherAuthority = Result { try TestCertificates() }

    /// `openssl s_server` that answers every request with the file of that path.
    private struct Server {
        let process: RunningCommand
        let folder: TemporaryDirectory
        let port: Int

        init(_ identity: TestCertificates.Identity, _ arguments: [String] = []) async throws {
            folder = try TemporaryDirectory()
            try folder.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}", to: "healthz")
            let files = ["-cert", identity.certificatePath, "-key", identity.keyPath]
            let options = ["s_server", "-accept", "127.0.0.1:0", "-HTTP"] + files + arguments
            process = try Command("openssl", options, directory: folder.path).start()
            try await process.waitForOutput(containing: "ACCEPT 127.0.0.1:")
            let line = (process.text + process.errorText).split(separator: "\n").first { $0.hasPrefix("ACCEPT") }
            port = line?.split(separator: ":").last.flatMap { Int($0) } ?? 0
        }
    }

    private func get(
        _ server: Server,
        name: String? = nil,
        _ change: (inout TLSClientConfiguration) throws -> Void = { _ in }
    ) async throws -> String {
        var configuration = TLSClientConfiguration()
        configuration.trustRoots = .pem(try Self.authority.get().root.certificate)
        try change(&configuration)
        let context = try TLSContext(client: configuration)
        let client = Fixture.client(port: server.port, tls: context, tlsServerName: name)
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

    @Test("verifies an IP address, and a name where one is given")
    func verification() async throws {
        let identity = try Self.authority.get().issue(dnsNames: ["api.test"], ipAddresses: ["127.0.0.1"])
        let server = try await Server(identity)
        #expect(try await get(server) == "{}")
        #expect(try await get(server, name: "api.test") == "{}")
        #expect(await reason { try await get(server, name: "other.test") }.contains("was not accepted"))
    }

    @Test("refuses another address, another authority, and a certificate that has expired")
    func refusals() async throws {
        let authority = try Self.authority.get()
        let wrongAddress = try await Server(try authority.issue(ipAddresses: ["127.0.0.2"]))
        let mismatch = await reason { try await get(wrongAddress) }
        #expect(mismatch.contains("\"127.0.0.1\" was not accepted: IP address mismatch"), "\(mismatch)")
        let wrongAuthority = try await Server(try Self.otherAuthority.get().issue(ipAddresses: ["127.0.0.1"]))
        #expect(await reason { try await get(wrongAuthority) }.contains("\"127.0.0.1\" was not accepted"))
        let expired = try await Server(try authority.issue(ipAddresses: ["127.0.0.1"], days: -1))
        #expect(await reason { try await get(expired) }.contains("expired"))
    }

    @Test("verifies nothing where it is told so")
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
            "it has none to present"
        )
    }

    @Test("says so when the server speaks no TLS")
    func plainServer() async throws {
        let server = try await ScriptedServer { _ in [.json("{}")] }
        let context = try TLSContext(client: TLSClientConfiguration())
        let client = Fixture.client(port: server.port, tls: context)
        let text = await reason { String(buffer: try await client.get("/").body) }
        #expect(
            text.hasPrefix("the connection to the API server at https://127.0.0.1:\(server.port) failed: "),
            "\(text)"
        )
        try await server.close()
    }
}
