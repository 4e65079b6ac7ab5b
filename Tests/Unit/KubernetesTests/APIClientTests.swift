import NIOCore
import NIOHTTP1
import NIOPosix
import Testing

@testable import Kubernetes

@Suite("The API client", .timeLimit(.minutes(5)))
struct APIClientTests {
    private func error(_ body: () async throws -> Void) async -> KubernetesError? {
        do {
            try await body()
            return nil
        } catch {
            return error as? KubernetesError
        }
    }

    @Test("sends what every request needs, and what this one has")
    func request() async throws {
        let fixture = try await Fixture(credentials: FixedCredentials.basic(user: "u", password: "p")) { _ in
            [.json("{}", status: 201)]
        }
        let body = ByteBuffer(string: #"{"a":1}"#)
        let response = try await fixture.client.send(
            APIRequest(.POST, path: "/a b/ä", query: [("x", "1&2=3")], body: (type: "application/json", bytes: body))
        )
        #expect(response.status == 201)
        let request = fixture.server.requests[0]
        #expect(request.method == .POST)
        #expect(request.uri == "/a%20b/%C3%A4?x=1%262%3D3")
        #expect(request.body == #"{"a":1}"#)
        #expect(request.headers["Host"] == ["127.0.0.1:\(fixture.server.port)"])
        #expect(request.headers["User-Agent"] == ["pod-identity-webhook"])
        #expect(request.headers["Authorization"] == ["Basic dTpw"])
        #expect(request.headers["Content-Type"] == ["application/json"])
        try await fixture.close()
    }

    @Test("uses a connection again, unless the server says not to")
    func reuse() async throws {
        let fixture = try await Fixture { request in
            [.json("{}", headers: request.number == 2 ? "Connection: close\r\n" : "")]
        }
        for _ in 0..<5 { _ = try await fixture.client.get("/") }
        #expect(fixture.server.requests.map(\.connection) == [0, 0, 0, 1, 1])
        try await fixture.close()
    }

    @Test("opens connections for requests at the same time, and keeps no more than it may")
    func concurrency() async throws {
        var options = APIClient.Options()
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
        "tries once more when a connection proves dead before a byte of the answer",
        arguments: [HTTPMethod.GET, .PUT]
    )
    func deadConnection(method: HTTPMethod) async throws {
        let fixture = try await Fixture { request in
            request.number == 1 ? [.close] : [.json("{}")]
        }
        for _ in 0..<3 { _ = try await fixture.client.send(APIRequest(method, path: "/")) }
        #expect(fixture.server.requests.map(\.connection) == [0, 0, 1, 1])
        try await fixture.close()
    }

    @Test("does not try again where an answer has begun, nor on a new connection")
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

    @Test("sends what may not be sent twice over a new connection")
    func post() async throws {
        let fixture = try await Fixture { request in request.method == .POST ? [.close] : [.json("{}")] }
        _ = try await fixture.client.get("/")
        #expect(await error { _ = try await fixture.client.send(APIRequest(.POST, path: "/")) } != nil)
        #expect(fixture.server.requests.map(\.connection) == [0, 1])
        try await fixture.close()
    }

    @Test(
        "says why the server refused",
        arguments: [
            (
                ScriptedServer.Action.status(
                    404,
                    reason: "NotFound",
                    message: "no such thing",
                    more: #","details":{"retryAfterSeconds":3}"#
                ),
                APIStatus(code: 404, reason: "NotFound", message: "no such thing", retryAfter: .seconds(3))
            ),
            (
                .json("{}", status: 503, headers: "Retry-After: 5\r\n"),
                APIStatus(code: 503, message: "{}", retryAfter: .seconds(5))
            ),
            (.json("<h1>Bad\n gateway</h1>", status: 502), APIStatus(code: 502, message: "<h1>Bad gateway</h1>")),
            (.json("", status: 302), APIStatus(code: 302, message: "")),
            (
                .status(410, reason: "Expired", more: #","metadata":{"continue":"t"}"#),
                APIStatus(code: 410, reason: "Expired", message: "", continueToken: "t")
            ),
        ]
    )
    func refused(answer: ScriptedServer.Action, expected: APIStatus) async throws {
        let fixture = try await Fixture { _ in [answer] }
        #expect(await error { _ = try await fixture.client.get("/") } == .refused(expected))
        let streamError = await error {
            _ = try await fixture.client.stream(APIRequest(path: "/"), idleTimeout: .seconds(5))
        }
        #expect(streamError == .refused(expected))
        try await fixture.close()
    }

    @Test("gives up an answer that takes too long")
    func slowAnswer() async throws {
        var options = APIClient.Options()
        options.responseTimeout = .milliseconds(100)
        let fixture = try await Fixture(options: options) { _ in
            [.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n12")]
        }
        let server = "http://127.0.0.1:\(fixture.server.port)"
        #expect(
            await error { _ = try await fixture.client.get("/slow") }
                == .timedOut(what: "its answer", server: server, limit: .milliseconds(100))
        )
        try await fixture.close()
    }

    @Test("gives up an answer that is too large, or is not HTTP")
    func badAnswers() async throws {
        var options = APIClient.Options()
        options.maximumAnswer = 100
        let long = String(repeating: "x", count: 101)
        let fixture = try await Fixture(options: options) { request in
            switch request.uri {
            case "/large": [.json(long)]
            case "/chunks": [.watchHead, .chunk(long)]
            case "/garbage": [.send("SSH-2.0-OpenSSH_9\r\n\r\n")]
            default: [.json("{}", headers: "X: \(String(repeating: "y", count: 200_000))\r\n")]
            }
        }
        let client = fixture.client
        #expect(await error { _ = try await client.get("/large") } == .answerTooLarge(limit: 100))
        #expect(await error { _ = try await client.get("/chunks") } == .answerTooLarge(limit: 100))
        #expect(await error { _ = try await client.get("/garbage") }?.description.contains("is not HTTP") == true)
        #expect(await error { _ = try await client.get("/headers") } != nil)
        try await fixture.close()
    }

    @Test("closes connections that wait too long")
    func idleConnections() async throws {
        var options = APIClient.Options()
        options.idleConnectionTimeout = .milliseconds(1)
        let fixture = try await Fixture(options: options) { _ in [.json("{}")] }
        _ = try await fixture.client.get("/")
        while fixture.server.requests.last?.connection == 0 {
            await Task.yield()
            _ = try await fixture.client.get("/")
        }
        try await fixture.close()
    }

    @Test("closes the connection of a request that is cancelled")
    func cancellation() async throws {
        let closed = ScriptedServer.Bell()
        let arrived = ScriptedServer.Bell()
        let fixture = try await Fixture { _ in
            arrived.ring()
            return [.wait(closed)]
        }
        let failure = await withTaskGroup(of: KubernetesError?.self) { group in
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
        // 192.0.2.0/24 is for documentation (RFC 5737): nobody answers there.
        let client = Fixture.client(host: "192.0.2.1", port: 1)
        let failure = await withTaskGroup(of: KubernetesError?.self) { group in
            group.addTask { await error { _ = try await client.get("/") } }
            group.cancelAll()
            return await group.next() ?? nil
        }
        #expect(failure == .cancelled)
    }

    @Test("streams more than fits into buffers")
    func longStream() async throws {
        let line = String(repeating: "x", count: 64 * 1024) + "\n"
        let count = 1000
        let fixture = try await Fixture { _ in
            [.watchHead] + Array(repeating: .chunk(line), count: count) + [.lastChunk]
        }
        var lines = try await fixture.client.stream(APIRequest(path: "/"), idleTimeout: .seconds(30))
        var read = 0
        while let next = try await lines.next() {
            #expect(next.text.utf8.count == line.utf8.count - 1)
            read += 1
        }
        #expect(read == count)
        try await fixture.close()
    }

    @Test("tells an end in order from a cut, and from half a line")
    func ends() async throws {
        let fixture = try await Fixture { request in
            switch request.uri {
            case "/whole": [.watchHead, .chunk("a\n"), .chunk("b\n"), .lastChunk]
            case "/cut": [.watchHead, .chunk("a\n"), .close]
            case "/half": [.watchHead, .chunk("a\nb"), .lastChunk]
            default:
                [.watchHead] + Array(repeating: .chunk(String(repeating: "x", count: 8 * 1024 * 1024)), count: 17)
            }
        }
        func lines(_ path: String) async -> (lines: [String], error: KubernetesError?) {
            var read: [String] = []
            let error = await error {
                var stream = try await fixture.client.stream(APIRequest(path: path), idleTimeout: .seconds(5))
                while let line = try await stream.next() { read.append(line.text) }
            }
            return (read, error)
        }
        #expect(await lines("/whole") == (["a", "b"], nil))
        let broken = "it closed the connection before its answer was complete"
        let server = "http://127.0.0.1:\(fixture.server.port)"
        #expect(await lines("/cut") == (["a"], .connection(server: server, reason: broken)))
        #expect(await lines("/half") == (["a"], .connection(server: server, reason: broken)))
        #expect(await lines("/long") == ([], .answerTooLarge(limit: 128 * 1024 * 1024)))
        try await fixture.close()
    }

    @Test("gives large answers so much memory together, until nobody holds them any more")
    func answerMemory() async throws {
        var options = APIClient.Options()
        options.answerMemory = 600_000
        let fixture = try await Fixture(options: options) { request in
            [.json(String(repeating: "x", count: request.uri == "/small" ? 1000 : 200_000))]
        }
        var held = try await Self.holdTwo(fixture.client)
        #expect(held.count == 2)
        let failure = await error { _ = try await fixture.client.get("/large") }
        #expect(
            failure?.description.contains("more than 600000 bytes together") == true,
            "\(String(describing: failure))"
        )
        #expect(try await fixture.client.get("/small").body.readableBytes == 1000)
        held = []
        #expect(try await fixture.client.get("/large").body.readableBytes == 200_000)
        try await fixture.close()
    }

    private static func holdTwo(_ client: APIClient) async throws -> [APIResponse] {
        [try await client.get("/large"), try await client.get("/large")]
    }

    @Test(
        "gives up heads and trailers that have no end",
        arguments: [
            "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n",
        ]
    )
    func endlessHeads(start: String) async throws {
        let lines = (0..<100).map { "X-\($0): \(String(repeating: "y", count: 1000))\r\n" }.joined()
        let fixture = try await Fixture { _ in [.send(start), .send(lines)] }
        let failure = await error { _ = try await fixture.client.get("/") }
        guard case .malformedAnswer = failure else {
            Issue.record("\(String(describing: failure))")
            return
        }
        try await fixture.close()
    }
}
