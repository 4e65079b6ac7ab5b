import NIOCore
import NIOHTTP1
import Testing

@testable import HTTPServer

@Suite("Heads that do not need the decoder", .timeLimit(.minutes(5)))
struct RequestHeadParserTests {
    private func parse(_ text: String) -> (head: RequestHead, length: Int)? {
        Array(text.utf8).withUnsafeBytes(RequestHeadParser.parse)
    }

    @Test("include those from the API server")
    func review() throws {
        let text =
            "POST /mutate?timeout=10s HTTP/1.1\r\nHost: webhook.x.svc:443\r\nUser-Agent: kube-apiserver-admission\r\n"
            + "Content-Length: 3321\r\nAccept: application/json, */*\r\nContent-Type: application/json\r\n"
            + "Accept-Encoding: gzip\r\n\r\n"
        let (head, length) = try #require(parse(text + "{}"))
        #expect(length == text.utf8.count)
        #expect(head.method == .POST && head.version == .http1_1 && head.uri == "/mutate?timeout=10s")
        #expect(head.path == "/mutate" && head.query == "timeout=10s" && head.hasPath("/mutate"))
        #expect(!head.hasPath("/mutat") && !head.hasPath("/mutate?") && !head.hasPath("/mutatf"))
        #expect(head.contentType == "application/json" && head.contentLength == 3321)
        #expect(head.announcesBody && !head.isLast && !head.expectsContinue)
    }

    @Test("have a GET's preferences as from the decoder, but not a POST's")
    func preferences() throws {
        let fields = "Host: a\r\nACCEPT: text/plain;q=0.5, */*\r\naccept-encoding: gzip\r\nAccept-Language: x\r\n\r\n"
        let (get, _) = try #require(parse("GET / HTTP/1.1\r\n" + fields))
        #expect(get.accept == "text/plain;q=0.5, */*" && get.acceptEncoding == "gzip")
        let (post, _) = try #require(parse("POST / HTTP/1.1\r\nAccept: a/b\r\n" + fields))
        #expect(post.accept == nil && post.acceptEncoding == nil)
        // The decoder handles repeated fields.
        for name in ["Accept", "Accept-Encoding"] {
            #expect(parse("GET / HTTP/1.1\r\n\(name): y\r\n" + fields) == nil)
        }
        let headers: HTTPHeaders = ["accept": "a/b", "Accept": "c/d", "accept-encoding": "x"]
        func decoded(_ method: HTTPMethod) -> RequestHead {
            RequestHead(HTTPRequestHead(version: .http1_1, method: method, uri: "/", headers: headers))
        }
        #expect(decoded(.GET).accept == "a/b, c/d" && decoded(.HEAD).acceptEncoding == "x")
        #expect(decoded(.POST).accept == nil && decoded(.PUT).acceptEncoding == nil)
    }

    @Test(
        "have one of three methods, a plain target, and plain fields",
        arguments: [
            "GET / HTTP/1.1\r\nHost: a\r\n\r\n", "HEAD /a/b-c_d.e~f%20?x=y&z=1,2+3:4 HTTP/1.1\r\nhost: a\r\n\r\n",
            "POST /?? HTTP/1.1\r\nHOST: a b\r\ncontent-LENGTH: 0\r\n\r\n",
            "POST / HTTP/1.1\r\nX: !\"#~\r\nHost: a\r\nContent-Length: 999999999\r\nContent_Length: 1\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\nX-1.2_3: 0123456 89abcde fghijkl\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\n\(String(repeating: "X: y\r\n", count: 63))\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\nX: \(String(repeating: "y", count: 8000))\r\n\r\n",
        ]
    )
    func taken(_ text: String) { #expect(parse(text)?.length == text.utf8.count) }

    @Test("contain nothing that could be interpreted differently")
    func notTaken() {
        let unusual = [
            "", "GET", "PUT / HTTP/1.1\r\nHost: a\r\n\r\n", "get / HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET  / HTTP/1.1\r\nHost: a\r\n\r\n", "GET /  HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET  HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET a HTTP/1.1\r\nHost: a\r\n\r\n", "GET * HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET http://a/ HTTP/1.1\r\nHost: a\r\n\r\n", "GET /# HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET /\u{e9} HTTP/1.1\r\nHost: a\r\n\r\n", "GET / HTTP/1.0\r\nHost: a\r\n\r\n",
            "GET / HTTP/1.1\nHost: a\r\n\r\n", "\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\n\n", "GET / HTTP/1.1\r\nHost: a\n\r\n", "GET / HTTP/1.1\r\n\r\n",
        ]
        let fields = [
            "Host: b", "Host:b", "X:  y", "X: y ", "X:\ty", "X: y\tz", "X : y", " X: y", "X y: z", ": y", "X", "X: ",
            "X:",
            "X: \u{7f}", "X: \u{1f}", "X: 1234567\0", "X: 1234567\u{7f}9", "X: \u{e9}", "X: y\r z", "X: y\r\n z",
            "X\u{e9}: y", "X@: y", "Content-Length: 00", "Content-Length: 01", "Content-Length: +1",
            "Content-Length: -1",
            "Content-Length: 1a", "Content-Length: 1000000000", "Content-Length: 1\r\nContent-Length: 1",
            "Connection: keep-alive", "CONNECTION: close", "Proxy-Connection: close", "Upgrade: h2c",
            "Expect: 100-continue", "Trailer: x", "Transfer-Encoding: chunked", "transfer-ENCODING: identity",
            String(repeating: "X: y\r\n", count: 63) + "X: y", "X: \(String(repeating: "y", count: 8200))",
        ]
        for text in unusual + fields.map({ "GET / HTTP/1.1\r\nHost: a\r\n\($0)\r\n\r\n" }) {
            #expect(parse(text) == nil, "\(text.debugDescription)")
        }
    }

    @Test("are complete")
    func complete() {
        let text = "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 12\r\nContent-Type: a/b\r\n\r\n"
        for length in 0..<text.utf8.count {
            #expect(Array(text.utf8.prefix(length)).withUnsafeBytes(RequestHeadParser.parse) == nil)
        }
    }

    @Test("are recognised by each of the eight bytes that are checked together", arguments: 0..<16)
    func words(_ place: Int) {
        for byte in UInt8.min...UInt8.max {
            var value = [UInt8](repeating: UInt8(ascii: "x"), count: 18)
            value[place + 1] = byte
            let bytes = Array("GET / HTTP/1.1\r\nHost: a\r\nX: ".utf8) + value + Array("\r\n\r\n".utf8)
            #expect((bytes.withUnsafeBytes(RequestHeadParser.parse) != nil) == (0x20...0x7e).contains(byte))
        }
    }
}
