import Testing

@testable import HTTPClient

@Suite("A CONNECT handshake", .timeLimit(.minutes(5)))
struct ConnectHandshakeTests {
    private func handshake(to host: String = "api.test", _ proxy: String = "http://p") throws -> ConnectHandshake {
        ConnectHandshake(
            to: ServerURL(isTLS: true, host: host, port: 6443),
            through: try ProxyURL(parsing: proxy),
            userAgent: "test"
        )
    }

    @Test(
        "requests the server by its name and port",
        arguments: [
            ("api.test", "http://p", "CONNECT api.test:6443 HTTP/1.1|Host: api.test:6443|User-Agent: test||"),
            ("fd00::1", "http://p", "CONNECT [fd00::1]:6443 HTTP/1.1|Host: [fd00::1]:6443|User-Agent: test||"),
            (
                "a", "http://me:pass@p",
                "CONNECT a:6443 HTTP/1.1|Host: a:6443|User-Agent: test|Proxy-Authorization: Basic bWU6cGFzcw==||"
            ),
        ]
    )
    func greetings(host: String, proxy: String, lines: String) throws {
        let greeting = String(decoding: try handshake(to: host, proxy).greeting, as: UTF8.self)
        #expect(greeting.split(separator: "\r\n", omittingEmptySubsequences: false).joined(separator: "|") == lines)
    }

    @Test(
        "is complete after the head of a 2xx response",
        arguments: [
            "HTTP/1.1 200 Connection established\r\n\r\n", "HTTP/1.0 200 OK\r\nVia: x\r\nContent-Length: 5\r\n\r\n",
            "HTTP/1.1 200 \r\n\r\n", "HTTP/1.1 299\n\n", "HTTP/1.1 102 Wait\r\nA: b\r\n\r\nHTTP/1.1 204 X\r\n\r\n",
        ]
    )
    func complete(answer: String) throws {
        let bytes = Array(answer.utf8)
        let run = HandshakeRun.everyCut(try handshake(), bytes + [22, 3, 1])
        #expect(run.isComplete && run.rest == [22, 3, 1] && run.sent.isEmpty)
        HandshakeRun.damage(try handshake(), bytes)
    }

    @Test(
        "reports why it failed",
        arguments: [
            ("HTTP/1.1 403 Forbidden by policy\r\nA: b\r\n\r\n<html>", "answered: 403 Forbidden by policy"),
            ("HTTP/1.1 502\r\n\r\n", "answered: 502"), ("HTTP/1.1 500 \u{7}é\r\n\r\n", "answered: 500 ???"),
            (
                "HTTP/1.1 407 X\r\n\r\n",
                "requires a user name and password: put them into its URL, http://USER:PASSWORD@HOST:PORT"
            ),
            ("SSH-2.0-OpenSSH", "does not speak HTTP/1.1"), ("HTTP/2", "does not speak HTTP/1.1"),
            ("HTTP/1.1 2x0 OK\r\n\r\n", "does not speak HTTP/1.1"), ("HTTP/1.1\r\n\r\n", "does not speak HTTP/1.1"),
            ("HTTP/1.1 +20 OK\r\n\r\n", "does not speak HTTP/1.1"),
        ]
    )
    func failures(answer: String, reason: String) throws {
        #expect(HandshakeRun.everyCut(try handshake(), Array(answer.utf8)).failure == reason)
    }

    @Test("reports that the proxy refused the credentials")
    func refusal() throws {
        let run = HandshakeRun(try handshake("http://me:s3cret@p"), [Array("HTTP/1.1 407 X\r\n\r\n".utf8)[...]])
        #expect(run.failure == "rejected the user name and password")
    }

    @Test("limits the length of the head")
    func longHead() throws {
        let start = Array("HTTP/1.1 200 OK\r\nA: ".utf8)
        let filler = [UInt8](repeating: UInt8(ascii: "b"), count: 16 * 1024)
        #expect(
            HandshakeRun(try handshake(), [start[...], filler[...]]).failure
                == "sent an answer that is longer than 16384 bytes"
        )
        let text = "HTTP/1.1 503 " + String(repeating: "x", count: 500) + "\r\n\r\n"
        let run = HandshakeRun(try handshake(), [Array(text.utf8)[...]])
        #expect(run.failure?.utf8.count == "answered: ".utf8.count + 100)
    }
}
