import NIOCore
import NIOHTTP1
import Testing

@testable import HTTPServer

@Suite("An encoded response", .timeLimit(.minutes(5)))
struct HTTPResponseEncodingTests {
    @Test(
        "has the headers that the request and the connection require",
        arguments: [
            (HTTPMethod.POST, HTTPVersion.http1_1, false, "HTTP/1.1 ", "", "no\n"),
            (.POST, .http1_1, true, "HTTP/1.1 ", "connection: close\r\n", "no\n"),
            (.POST, .http1_0, false, "HTTP/1.0 ", "connection: keep-alive\r\n", "no\n"),
            (.POST, .http1_0, true, "HTTP/1.0 ", "connection: close\r\n", "no\n"),
            (.HEAD, .http1_1, false, "HTTP/1.1 ", "", ""),
            (.GET, HTTPVersion(major: 2, minor: 0), true, "HTTP/1.1 ", "connection: close\r\n", "no\n"),
        ]
    )
    func bytes(
        _ method: HTTPMethod,
        _ version: HTTPVersion,
        _ isLast: Bool,
        _ start: String,
        _ connection: String,
        _ body: String
    ) {
        let fields = "content-type: text/plain; charset=utf-8\r\ncontent-length: 3\r\nallow: POST\r\n"
        var response = HTTPResponse.text(.methodNotAllowed, "no\n")
        response.headers.append(HTTPResponse.Header(name: "allow", value: "POST"))
        let request = RequestHead(method: method, version: version, uri: "/")
        let encoded = response.encoded(to: request, isLast: isLast, ByteBufferAllocator())
        #expect(String(buffer: encoded.start) == "\(start)405 Method Not Allowed\r\n\(fields)\(connection)\r\n\(body)")
        #expect(encoded.rest == nil)
    }

    @Test("does not copy a long body", arguments: [HTTPMethod.GET, .HEAD])
    func longBody(_ method: HTTPMethod) {
        let body = ByteBuffer(repeating: UInt8(ascii: "x"), count: 100_000)
        let request = RequestHead(method: method, uri: "/")
        let encoded = HTTPResponse(.ok, contentType: "text/plain", body: body)
            .encoded(to: request, isLast: false, ByteBufferAllocator())
        #expect(String(buffer: encoded.start).hasSuffix("content-length: 100000\r\n\r\n"))
        #expect(encoded.rest == (method == .HEAD ? nil : body))
    }
}
