import NIOCore
import NIOHTTP1
import Testing

@testable import HTTPServer

@Suite("The bytes of a response", .timeLimit(.minutes(5)))
struct HTTPResponseEncodingTests {
    @Test(
        "say what the request and the connection demand",
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

    @Test("leave a long body where it is", arguments: [HTTPMethod.GET, .HEAD])
    func longBody(_ method: HTTPMethod) {
        let body = ByteBuffer(repeating: UInt8(ascii: "x"), count: 100_000)
        let request = RequestHead(method: method, uri: "/")
        let encoded = HTTPResponse(.ok, contentType: "text/plain", body: body)
            .encoded(to: request, isLast: false, ByteBufferAllocator())
        #expect(String(buffer: encoded.start).hasSuffix("content-length: 100000\r\n\r\n"))
        #expect(encoded.rest == (method == .HEAD ? nil : body))
    }

    @Test(
        "begin in front of the body if there is room, and leave other holders of the body alone",
        arguments: [(256, 3), (256, 100_000), (83, 12_345), (90, 0)]
    )
    func headroom(_ room: Int, _ length: Int) {
        var body = ByteBuffer(repeating: UInt8(ascii: "y"), count: room)
        body.moveReaderIndex(to: room)
        body.writeRepeatingByte(UInt8(ascii: "x"), count: length)
        let (kept, text) = (body, String(repeating: "x", count: length))
        let encoded = HTTPResponse(.ok, contentType: "application/json", body: body)
            .encoded(to: RequestHead(method: .POST, uri: "/"), isLast: false, ByteBufferAllocator())
        let fields = "content-type: application/json\r\ncontent-length: \(length)\r\n"
        #expect(String(buffer: encoded.start) == "HTTP/1.1 200 OK\r\n\(fields)\r\n\(text)")
        #expect(encoded.rest == nil)
        #expect(String(buffer: kept) == text && kept.readerIndex == room)
        #expect(kept.withVeryUnsafeBytes { $0.prefix(room).allSatisfy { $0 == UInt8(ascii: "y") } })
    }

    @Test("are those of a body with room in front, whatever its length is", arguments: [0, 9, 10, 99, 100, 1_000_000])
    func bodyBuffer(_ length: Int) {
        var body = HTTPResponse.bodyBuffer(capacity: length)
        #expect(body.readableBytes == 0 && body.readerIndex == HTTPResponse.headroom && body.writableBytes >= length)
        body.writeRepeatingByte(UInt8(ascii: "x"), count: length)
        let encoded = HTTPResponse(.ok, contentType: "text/plain", body: body)
            .encoded(to: RequestHead(method: .GET, uri: "/"), isLast: true, ByteBufferAllocator())
        let text = String(buffer: encoded.start)
        let fields = "content-type: text/plain\r\ncontent-length: \(length)\r\nconnection: close\r\n"
        #expect(text == "HTTP/1.1 200 OK\r\n\(fields)\r\n\(String(repeating: "x", count: length))")
        #expect(encoded.rest == nil)
    }
}
