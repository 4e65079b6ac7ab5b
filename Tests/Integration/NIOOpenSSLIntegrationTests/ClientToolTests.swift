import NIOOpenSSL
import TestNetwork
import TestPrograms
import Testing

@Suite("The client against openssl s_server", .timeLimit(.minutes(2)))
struct ClientToolTests {
    private static let request = "GET / HTTP/1.0\r\n\r\n"

    @Test("fetches a page with both versions and agrees on ALPN", arguments: [TLSVersion.v1_2, .v1_3])
    func page(version: TLSVersion) async throws {
        let fixture = try TLSFixture.shared
        let (server, port) = try await start(fixture.server, ["-alpn", "http/1.1"])
        let context = try fixture.clientContext { $0.maximumVersion = version }
        let answer = try await SocketClient.exchange(port: port, context, send: Self.request)
        #expect(answer.text.contains("HTTP/1.0 200 ok"))
        #expect(answer.text.contains("</pre>") || answer.text.contains("</HTML>"))
        #expect(answer.version == version)
        #expect(answer.applicationProtocol == "http/1.1")
        #expect(answer.peer?.subject == "CN=server")
        server.terminate()
    }

    @Test("connects by address without SNI, and refuses a wrong name, a wrong address and an unknown authority")
    func verification() async throws {
        let fixture = try TLSFixture.shared
        let (server, port) = try await start(fixture.server, [])
        let context = try fixture.clientContext()
        let byAddress = try await SocketClient.exchange(
            port: port,
            context,
            serverName: "127.0.0.1",
            send: Self.request
        )
        #expect(byAddress.text.contains("200 ok"))
        let strangers = try fixture.clientContext { $0.trustRoots = .pem(fixture.otherAuthority.root.certificate) }
        let refused: [(TLSContext, String, Int)] = [
            (context, "other", 62), (context, "127.0.0.2", 64), (strangers, "localhost", 20),
        ]
        for (context, name, code) in refused {
            let error = await #expect(throws: TLSError.self) {
                try await SocketClient.exchange(port: port, context, serverName: name, send: Self.request)
            }
            guard case .certificateRejected(code, _, name, _) = error else {
                Issue.record("\(String(describing: error)), not \(code)")
                continue
            }
        }
        server.terminate()
    }

    @Test("presents its certificate to a server that requires one", arguments: [TLSVersion.v1_2, .v1_3])
    func clientCertificate(version: TLSVersion) async throws {
        let fixture = try TLSFixture.shared
        let authority = ["-CAfile", fixture.authority.root.certificatePath]
        let (server, port) = try await start(fixture.server, ["-Verify", "1", "-verify_return_error"] + authority)
        let withCertificate = try fixture.clientContext(fixture.client) { $0.maximumVersion = version }
        let answer = try await SocketClient.exchange(port: port, withCertificate, send: Self.request)
        #expect(answer.text.contains("200 ok"))
        try await server.waitForOutput(containing: "depth=0 O = clients, CN = client")
        let without = try fixture.clientContext { $0.maximumVersion = version }
        let error = await #expect(throws: TLSError.self) {
            try await SocketClient.exchange(port: port, without, send: Self.request)
        }
        #expect("\(String(describing: error))".contains("alert"))
        server.terminate()
    }

    @Test("reports a truncated connection if the server is killed")
    func killed() async throws {
        let fixture = try TLSFixture.shared
        let (server, port) = try await start(fixture.server, [], mode: "-rev")
        let context = try fixture.clientContext()
        await #expect(throws: TLSError.truncated) {
            try await SocketClient.exchange(port: port, context, send: "abc\n") { text in
                if text == "cba\n" { server.send(signal: 9) }
                return false
            }
        }
    }

    /// Starts `openssl s_server` on a free port.
    private func start(
        _ identity: TestCertificates.Identity,
        _ arguments: [String],
        mode: String = "-www"
    ) async throws -> (RunningCommand, Int) {
        let files = ["-cert", identity.certificatePath, "-key", identity.keyPath]
        let listen = ["s_server", "-accept", "127.0.0.1:0", mode]
        let server = try Command("openssl", listen + files + arguments).start()
        try await server.waitForOutput(containing: "ACCEPT 127.0.0.1:")
        let tail = server.text.split(separator: "ACCEPT 127.0.0.1:").last?.prefix { $0.isNumber } ?? ""
        return (server, try #require(Int(tail)))
    }
}
