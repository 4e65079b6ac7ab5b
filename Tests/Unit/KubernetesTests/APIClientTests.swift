import HTTPClient
import NIOCore
import NIOHTTP1
import NIOPosix
import TestNetwork
import TestSupport
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

    @Test("sends the common header fields and those of the request")
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

    @Test(
        "reports why the server refused",
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
            (.json("", status: 302), APIStatus(code: 302)),
            (
                .send("HTTP/1.1 503 X\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: 6\r\n\r\n<html>"),
                APIStatus(code: 503, message: "it answered with a web page, so it may not be a Kubernetes API server")
            ),
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

    @Test("streams more than its buffers hold")
    func longStream() async throws {
        let line = String(repeating: "x", count: 64 * 1024) + "\n"
        let count = 1000
        let fixture = try await Fixture { _ in
            [.chunkedHead] + Array(repeating: .chunk(line), count: count) + [.lastChunk]
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

    @Test("distinguishes the end of a stream from a lost connection and from half a line")
    func ends() async throws {
        let fixture = try await Fixture { request in
            switch request.uri {
            case "/whole": [.chunkedHead, .chunk("a\n"), .chunk("b\n"), .lastChunk]
            case "/cut": [.chunkedHead, .chunk("a\n"), .close]
            case "/half": [.chunkedHead, .chunk("a\nb"), .lastChunk]
            default:
                [.chunkedHead] + Array(repeating: .chunk(String(repeating: "x", count: 8 * 1024 * 1024)), count: 17)
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

    @Test("reports what was wrong with the server, and where")
    func failures() async throws {
        var options = APIClient.Options()
        options.maximumResponseBytes = 100
        var impatience = options
        impatience.responseTimeout = .milliseconds(100)
        let fixture = try await Fixture(options: options) { request in
            switch request.uri {
            case "/slow": [.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n12")]
            case "/large": [.json(String(repeating: "x", count: 101))]
            case "/garbage": [.send("SSH-2.0-OpenSSH_9\r\n\r\n")]
            default: [.close]
            }
        }
        let (client, server) = (fixture.client, "http://127.0.0.1:\(fixture.server.port)")
        let impatient = Fixture.client(port: fixture.server.port, options: impatience)
        #expect(
            await error { _ = try await impatient.get("/slow") }
                == .timedOut(what: "its answer", server: server, limit: .milliseconds(100))
        )
        #expect(await error { _ = try await client.get("/large") } == .answerTooLarge(limit: 100))
        let garbage = await error { _ = try await client.get("/garbage") }
        #expect(garbage?.description.contains("what \(server) sent is not HTTP/1.1") == true)
        let broken = "it closed the connection before its answer was complete"
        #expect(await error { _ = try await client.get("/close") } == .connection(server: server, reason: broken))
        try await fixture.close()
    }

    @Test("reports that a response has to wait for memory")
    func responseMemory() async throws {
        var options = APIClient.Options()
        options.responseMemory = 100_000
        let fixture = try await Fixture(options: options) { _ in [.json(String(repeating: "x", count: 200_000))] }
        let reason = "its answers together exceed 100000 bytes, so this one has to wait"
        let server = "http://127.0.0.1:\(fixture.server.port)"
        #expect(await error { _ = try await fixture.client.get("/") } == .connection(server: server, reason: reason))
        try await fixture.close()
    }

    @Test("gives up a connection attempt when it is cancelled")
    func cancelledConnect() async throws {
        // 192.0.2.0/24 is for documentation (RFC 5737), so nothing responds there.
        let client = Fixture.client(host: "192.0.2.1", port: 1)
        let failure = await withTaskGroup(of: KubernetesError?.self) { group in
            group.addTask { await error { _ = try await client.get("/") } }
            group.cancelAll()
            return await group.next() ?? nil
        }
        #expect(failure == .cancelled)
    }
}
