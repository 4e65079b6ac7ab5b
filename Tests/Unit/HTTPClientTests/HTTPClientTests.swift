import NIOCore
import NIOHTTP1
import TestNetwork
import TestSupport
import Testing

@testable import HTTPClient

@Suite("The HTTP client", .timeLimit(.minutes(5)))
struct HTTPClientTests {
    @Test("sends the common header fields and those of the request, percent-encoded")
    func request() async throws {
        let server = try await ScriptedServer { _ in [.json("{}", status: 201)] }
        let client = Fixture.client(port: server.port, pathPrefix: "/prefix")
        let body = ByteBuffer(string: #"{"a":1}"#)
        let query = [("x", "1&2=3"), ("ä", "~")]
        let response = try await client.send(
            HTTPClientRequest(.POST, path: "/a b/ä", query: query, headers: ["X": "y"], body: body)
        )
        #expect(response.status == 201)
        let request = server.requests[0]
        #expect(request.method == .POST)
        #expect(request.uri == "/prefix/a%20b/%C3%A4?x=1%262%3D3&%C3%A4=~")
        #expect(request.body == #"{"a":1}"#)
        #expect(request.headers["Host"] == ["127.0.0.1:\(server.port)"])
        #expect(request.headers["User-Agent"] == ["pod-identity-webhook"])
        #expect(request.headers["X"] == ["y"])
        #expect(request.headers["Content-Length"] == ["7"])
        client.shutDown()
        try await server.close()
    }

    @Test("returns the status of a refusal and 64 KiB of its body", arguments: [200, 65_536, 65_537])
    func refusal(length: Int) async throws {
        let fixture = try await Fixture { _ in
            [.json(String(repeating: "x", count: length), status: 503, headers: "Retry-After: 5\r\n")]
        }
        let whole = await error { _ = try await fixture.client.get("/") }
        let stream = await error {
            _ = try await fixture.client.stream(HTTPClientRequest(path: "/"), idleTimeout: .seconds(30))
        }
        for failure in [whole, stream] {
            guard case .refused(503, let headers, let body) = failure else {
                Issue.record("\(String(describing: failure))")
                continue
            }
            #expect(headers["Retry-After"] == ["5"])
            #expect(body.readableBytes <= 65_536 && (length > 65_536 || body.readableBytes == length))
        }
        try await fixture.close()
    }

    @Test("delivers a stream in parts, and distinguishes its end from a lost connection")
    func stream() async throws {
        let fixture = try await Fixture { request in
            [.chunkedHead, .chunk("a"), .chunk("b"), request.uri == "/cut" ? .close : .lastChunk]
        }
        func read(_ path: String) async -> (text: String, error: HTTPClientError?) {
            var text = ""
            let error = await error {
                let request = HTTPClientRequest(path: path)
                var body = try await fixture.client.stream(request, idleTimeout: .seconds(30))
                while let part = try await body.next() { text += String(buffer: part) }
            }
            return (text, error)
        }
        #expect(await read("/whole") == ("ab", nil))
        #expect(await read("/cut") == ("ab", .closedEarly))
        try await fixture.close()
    }

    @Test("reuses a connection unless the server says not to")
    func reuse() async throws {
        let fixture = try await Fixture { request in
            [.json("{}", headers: request.number == 2 ? "Connection: close\r\n" : "")]
        }
        for _ in 0..<5 { _ = try await fixture.client.get("/") }
        #expect(fixture.server.requests.map(\.connection) == [0, 0, 0, 1, 1])
        try await fixture.close()
    }

    @Test("opens connections for concurrent requests, and keeps only a limited number")
    func concurrency() async throws {
        var options = HTTPClient.Options()
        options.maximumIdleConnections = 2
        let bell = ScriptedServer.Bell()
        let fixture = try await Fixture(options: options) { request in
            if request.number == 9 { bell.ring() }
            return [.wait(bell), .json("{}")]
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<10 { group.addTask { _ = try await fixture.client.get("/") } }
            try await group.waitForAll()
        }
        #expect(fixture.server.connectionCount == 10)
        for _ in 0..<3 { _ = try await fixture.client.get("/") }
        #expect(fixture.server.connectionCount == 10)
        try await fixture.close()
    }

    @Test(
        "retries once if a connection turns out to be dead before the response begins",
        arguments: [HTTPMethod.GET, .PUT]
    )
    func deadConnection(method: HTTPMethod) async throws {
        let fixture = try await Fixture { request in
            request.number == 1 ? [.close] : [.json("{}")]
        }
        for _ in 0..<3 { _ = try await fixture.client.send(HTTPClientRequest(method, path: "/")) }
        #expect(fixture.server.requests.map(\.connection) == [0, 0, 1, 1])
        try await fixture.close()
    }

    @Test("does not retry after a response has begun, or on a new connection")
    func noSecondAttempt() async throws {
        let fixture = try await Fixture { request in
            switch request.number {
            case 0: [.close]
            case 2: [.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n1"), .close]
            default: [.json("{}")]
            }
        }
        #expect(await error { _ = try await fixture.client.get("/") } != nil)
        _ = try await fixture.client.get("/")
        #expect(await error { _ = try await fixture.client.get("/") } != nil)
        #expect(fixture.server.requests.count == 3)
        try await fixture.close()
    }

    @Test("uses a new connection for requests that must not be sent twice")
    func post() async throws {
        let fixture = try await Fixture { request in request.method == .POST ? [.close] : [.json("{}")] }
        _ = try await fixture.client.get("/")
        #expect(await error { _ = try await fixture.client.send(HTTPClientRequest(.POST, path: "/")) } != nil)
        #expect(fixture.server.requests.map(\.connection) == [0, 1])
        try await fixture.close()
    }

    @Test("gives up on a response that takes too long")
    func slowAnswer() async throws {
        var options = HTTPClient.Options()
        options.responseTimeout = .milliseconds(100)
        let fixture = try await Fixture(options: options) { _ in
            [.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n12")]
        }
        #expect(
            await error { _ = try await fixture.client.get("/slow") }
                == .timedOut(.response, limit: .milliseconds(100))
        )
        try await fixture.close()
    }

    @Test("gives up on a response that is too large or malformed")
    func badAnswers() async throws {
        var options = HTTPClient.Options()
        options.maximumResponseBytes = 100
        let long = String(repeating: "x", count: 101)
        let fixture = try await Fixture(options: options) { request in
            switch request.uri {
            case "/large": [.json(long)]
            case "/chunks": [.chunkedHead, .chunk(long)]
            case "/garbage": [.send("SSH-2.0-OpenSSH_9\r\n\r\n")]
            default: [.json("{}", headers: "X: \(String(repeating: "y", count: 200_000))\r\n")]
            }
        }
        let client = fixture.client
        #expect(await error { _ = try await client.get("/large") } == .responseTooLarge(limit: 100))
        #expect(await error { _ = try await client.get("/chunks") } == .responseTooLarge(limit: 100))
        #expect(await error { _ = try await client.get("/garbage") }?.description.contains("is not HTTP") == true)
        #expect(await error { _ = try await client.get("/headers") } != nil)
        try await fixture.close()
    }

    @Test("closes connections that are idle for too long")
    func idleConnections() async throws {
        var options = HTTPClient.Options()
        options.idleConnectionTimeout = .milliseconds(1)
        let fixture = try await Fixture(options: options) { _ in [.json("{}")] }
        _ = try await fixture.client.get("/")
        while fixture.server.requests.last?.connection == 0 {
            await Task.yield()
            _ = try await fixture.client.get("/")
        }
        try await fixture.close()
    }

    @Test("closes the connection of a cancelled request")
    func cancellation() async throws {
        let closed = ScriptedServer.Bell()
        let arrived = ScriptedServer.Bell()
        let fixture = try await Fixture { _ in
            arrived.ring()
            return [.wait(closed)]
        }
        let failure = await withTaskGroup(of: HTTPClientError?.self) { group in
            group.addTask { await error { _ = try await fixture.client.get("/") } }
            try? await arrived.promise.futureResult.get()
            group.cancelAll()
            return await group.next() ?? nil
        }
        #expect(failure == .cancelled)
        try await fixture.close()
    }

    @Test("gives up a connection attempt when it is cancelled")
    func cancelledConnect() async throws {
        // 192.0.2.0/24 is for documentation (RFC 5737), so nothing responds there.
        let client = Fixture.client(host: "192.0.2.1", port: 1)
        let failure = await withTaskGroup(of: HTTPClientError?.self) { group in
            group.addTask { await error { _ = try await client.get("/") } }
            group.cancelAll()
            return await group.next() ?? nil
        }
        #expect(failure == .cancelled)
    }

    @Test("limits the total memory of large responses until they are released")
    func responseMemory() async throws {
        var options = HTTPClient.Options()
        options.responseMemory = 600_000
        let fixture = try await Fixture(options: options) { request in
            [.json(String(repeating: "x", count: request.uri == "/small" ? 1000 : 200_000))]
        }
        var held = try await Self.holdTwo(fixture.client)
        #expect(held.count == 2)
        let failure = await error { _ = try await fixture.client.get("/large") }
        #expect(
            failure?.description.contains("together exceed 600000 bytes") == true,
            "\(String(describing: failure))"
        )
        #expect(try await fixture.client.get("/small").body.readableBytes == 1000)
        held = []
        #expect(try await fixture.client.get("/large").body.readableBytes == 200_000)
        try await fixture.close()
    }

    private static func holdTwo(_ client: HTTPClient) async throws -> [HTTPClientResponse] {
        [try await client.get("/large"), try await client.get("/large")]
    }

    @Test(
        "gives up on endless heads and trailers",
        arguments: [
            "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n",
        ]
    )
    func endlessHeads(start: String) async throws {
        let lines = (0..<100).map { "X-\($0): \(String(repeating: "y", count: 1000))\r\n" }.joined()
        let fixture = try await Fixture { _ in [.send(start), .send(lines)] }
        let failure = await error { _ = try await fixture.client.get("/") }
        guard case .notHTTP = failure else {
            Issue.record("\(String(describing: failure))")
            return
        }
        try await fixture.close()
    }
}
