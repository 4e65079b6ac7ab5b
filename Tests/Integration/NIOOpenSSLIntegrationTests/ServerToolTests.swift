import NIOCore
import NIOOpenSSL
import NIOPosix
import TestNetwork
import TestPrograms
import Testing

@Suite("The server against curl and openssl s_client", .timeLimit(.minutes(2)))
struct ServerToolTests {
    @Test("lets curl fetch twice over one connection, in both versions", arguments: ["1.2", "1.3"])
    func curl(version: String) async throws {
        let fixture = try TLSFixture.shared
        let server = try await SocketServer.start(try fixture.serverContext())
        let url = "https://localhost:\(server.port)/300000"
        let report = ["-w", "%{num_connects} %{size_download} %{ssl_verify_result}\n"]
        let versions = ["--tlsv\(version)", "--tls-max", version]
        let outputs = ["-o", "/dev/null", "-o", "/dev/null"]
        let arguments = ["-sS", "--cacert", fixture.authority.root.certificatePath] + versions + report + outputs
        let output = try await Command("curl", arguments + [url, url]).run(timeout: .seconds(30))
        #expect(output.status == 0, "\(output.errorText)")
        #expect(output.text == "1 300000 0\n0 300000 0\n")
        try await server.wait { $0.closed == 1 }
        #expect(server.snapshot.errors.isEmpty)
        try await server.stop()
    }

    @Test("serves curl by address; curl refuses an unknown authority and a wrong name")
    func curlVerification() async throws {
        let fixture = try TLSFixture.shared
        let server = try await SocketServer.start(try fixture.serverContext())
        let authority = fixture.authority.root.certificatePath
        let cases: [([String], Int32)] = [
            (["--cacert", authority, "https://127.0.0.1:\(server.port)/"], 0),
            (["--cacert", authority, "--connect-to", "::127.0.0.1:", "https://other:\(server.port)/"], 60),
            (["--cacert", fixture.otherAuthority.root.certificatePath, "https://localhost:\(server.port)/"], 60),
        ]
        for (arguments, status) in cases {
            let output = try await Command("curl", ["-sS"] + arguments).run(timeout: .seconds(30))
            #expect(output.status == status, "\(output.errorText)")
        }
        try await server.wait { $0.closed == 3 }
        #expect(server.snapshot.errors == [.handshakeFailed(reason: "tlsv1 alert unknown ca (SSL alert number 48)")])
        try await server.stop()
    }

    @Test("serves curl with and without a client certificate", arguments: [true, false])
    func curlClientCertificate(hasCertificate: Bool) async throws {
        let fixture = try TLSFixture.shared
        let roots = fixture.authority.root.certificate
        let context = try fixture.serverContext { $0.clientCertificates = .required(trustRoots: roots) }
        let server = try await SocketServer.start(context)
        let certificate = ["--cert", fixture.client.certificatePath, "--key", fixture.client.keyPath]
        let arguments = ["-sS", "--cacert", fixture.authority.root.certificatePath]
        let url = "https://localhost:\(server.port)/"
        let output = try await Command("curl", arguments + (hasCertificate ? certificate : []) + [url]).run()
        #expect((output.status == 0) == hasCertificate, "\(output.errorText)")
        #expect(output.text == (hasCertificate ? "xxxxx" : ""))
        let error = TLSError.handshakeFailed(reason: "peer did not return a certificate")
        try await server.wait { $0.closed == 1 }
        #expect(server.snapshot.errors == (hasCertificate ? [] : [error]))
        try await server.stop()
    }

    @Test("shows s_client the chain, ALPN and the response, but neither a ticket nor a session", arguments: ["2", "3"])
    func sClient(minor: String) async throws {
        let fixture = try TLSFixture.shared
        let server = try await SocketServer.start(try fixture.serverContext())
        let client = try sClient(fixture, server, ["-tls1_\(minor)", "-alpn", "h2,http/1.1"])
        client.write("GET /5 HTTP/1.1\r\nConnection: close\r\n\r\n")
        let output = try await client.waitForExit(timeout: .seconds(30))
        #expect(output.text.contains("Verification: OK"))
        #expect(output.text.contains("ALPN protocol: http/1.1"))
        #expect(output.text.contains("Protocol  : TLSv1.\(minor)") || output.text.contains("New, TLSv1.\(minor)"))
        #expect(output.text.contains("xxxxx"))
        #expect(!output.text.contains("ticket") && !output.text.contains("Session-ID: 0"))
        #expect(output.text.contains("Compression: NONE"))
        try await server.wait { $0.closed == 1 }
        #expect(server.snapshot.errors.isEmpty)
        try await server.stop()
    }

    @Test("does not resume sessions", arguments: ["2", "3"])
    func noResumption(minor: String) async throws {
        let fixture = try TLSFixture.shared
        let server = try await SocketServer.start(try fixture.serverContext())
        let client = try sClient(fixture, server, ["-tls1_\(minor)", "-reconnect"])
        try await server.wait { $0.handshakes == 6 }
        client.closeInput()
        let output = try await client.waitForExit(timeout: .seconds(30))
        #expect(!output.text.contains("Reused, "))
        try await server.stop()
    }

    @Test("handles a TLS 1.3 key update transparently")
    func keyUpdate() async throws {
        let fixture = try TLSFixture.shared
        let server = try await SocketServer.start(try fixture.serverContext())
        let client = try sClient(fixture, server, ["-tls1_3"])
        try await server.wait { $0.handshakes == 1 }
        client.write("K\n")
        try await client.waitForOutput(containing: "KEYUPDATE")
        client.write("GET /5 HTTP/1.1\r\nConnection: close\r\n\r\n")
        let output = try await client.waitForExit(timeout: .seconds(30))
        #expect(output.text.contains("xxxxx"))
        try await server.wait { $0.closed == 1 }
        #expect(server.snapshot.errors.isEmpty)
        try await server.stop()
    }

    @Test("refuses a TLS 1.2 renegotiation")
    func renegotiation() async throws {
        let fixture = try TLSFixture.shared
        let server = try await SocketServer.start(try fixture.serverContext())
        let client = try sClient(fixture, server, ["-tls1_2"])
        try await server.wait { $0.handshakes == 1 }
        client.write("R\n")
        try await client.waitForOutput(containing: "no renegotiation")
        try await server.wait { $0.closed == 1 }
        #expect(server.snapshot.handshakes == 1)
        try await server.stop()
    }

    @Test("refuses TLS 1.1")
    func oldVersion() async throws {
        let fixture = try TLSFixture.shared
        let server = try await SocketServer.start(try fixture.serverContext())
        let client = try sClient(fixture, server, ["-tls1_1", "-cipher", "ALL:@SECLEVEL=0"])
        let output = try await client.waitForExit(timeout: .seconds(30))
        #expect(output.errorText.contains("alert protocol version"))
        try await server.wait { $0.closed == 1 }
        #expect(server.snapshot.errors == [.handshakeFailed(reason: "unsupported protocol")])
        try await server.stop()
    }

    @Test("ends the connection on plain HTTP, and serves the next client")
    func plainHTTP() async throws {
        let fixture = try TLSFixture.shared
        let server = try await SocketServer.start(try fixture.serverContext())
        let output = try await Command("curl", ["-sS", "http://127.0.0.1:\(server.port)/"]).run(timeout: .seconds(30))
        #expect(output.status != 0)
        try await server.wait { $0.closed == 1 }
        #expect(server.snapshot.errors == [.handshakeFailed(reason: "http request")])
        let answer = try await SocketClient.exchange(
            port: server.port,
            try fixture.clientContext(),
            send: "GET /5 HTTP/1.1\r\nConnection: close\r\n\r\n"
        )
        #expect(answer.text.hasSuffix("xxxxx"))
        try await server.stop()
    }

    @Test("drops a silent client after the handshake timeout")
    func silence() async throws {
        let fixture = try TLSFixture.shared
        let server = try await SocketServer.start(try fixture.serverContext(), handshakeTimeout: .milliseconds(100))
        let client = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connect(host: "127.0.0.1", port: server.port).get()
        try await client.closeFuture.get()
        try await server.wait { $0.closed == 1 }
        #expect(server.snapshot.errors == [.handshakeTimeout])
        try await server.stop()
    }

    private func sClient(_ fixture: TLSFixture, _ server: SocketServer, _ arguments: [String]) throws -> RunningCommand
    {
        let authority = ["-CAfile", fixture.authority.root.certificatePath, "-verify_return_error"]
        let connect = ["-connect", "127.0.0.1:\(server.port)", "-servername", "localhost"]
        return try Command("openssl", ["s_client"] + connect + authority + arguments).start()
    }
}
