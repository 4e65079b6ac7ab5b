import Foundation
import NIOCore
import NIOEmbedded
import NIOHTTP1
import Testing

@testable import HTTPServer

@Suite("A request that two servers could interpret differently", .timeLimit(.minutes(5)))
struct SmugglingTests {
    private static let end = "\r\n\r\n"
    private static let second = "GET /second HTTP/1.1\r\nHost: a\r\n\r\n"

    @Test(
        "is refused, and nothing after it is answered",
        arguments: [
            "Host: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            "Host: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n",
            "Host: a\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabc",
            "Host: a\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc",
            "Host: a\r\nContent-Length: 3, 3\r\n\r\nabc",
            "Host: a\r\nContent-Length: +3\r\n\r\nabc",
            "Host: a\r\nContent-Length: -3\r\n\r\nabc",
            "Host: a\r\nContent-Length: 0x3\r\n\r\nabc",
            "Host: a\r\nContent-Length: 3 3\r\n\r\nabc",
            "Host: a\r\nContent-Length:\r\n\r\nabc",
            "Host: a\r\nContent-Length: 99999999999999999999999\r\n\r\nabc",
            "Host: a\r\nContent-Length : 3\r\n\r\nabc",
            "Host: a\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
            "Host: a\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
            "Host: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
            "Host: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            "Host: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n",
            "Host: a\r\nTransfer-Encoding: identity\r\n\r\nabc",
            "Host: a\r\nTransfer-Encoding:\u{b}chunked\r\n\r\n0\r\n\r\n",
            "Host: a\r\nTransfer-Encoding\t: chunked\r\n\r\n0\r\n\r\n",
            "Host: a\r\nTransfer-Encoding: chunked\r\n\r\n3x\r\nabc\r\n0\r\n\r\n",
            "Host: a\r\nTransfer-Encoding: chunked\r\n\r\n+3\r\nabc\r\n0\r\n\r\n",
            "Host: a\r\nTransfer-Encoding: chunked\r\n\r\n0x3\r\nabc\r\n0\r\n\r\n",
            "Host: a\r\nTransfer-Encoding: chunked\r\n\r\n 3\r\nabc\r\n0\r\n\r\n",
            "Host: a\r\nTransfer-Encoding: chunked\r\n\r\n3 \r\nabc\r\n0\r\n\r\n",
            "Host: a\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\nabc\r\n0\r\n\r\n",
            "Host: a\r\nTransfer-Encoding: chunked\r\n\r\n\r\nabc\r\n0\r\n\r\n",
            "Host: a\r\nTransfer-Encoding: chunked\r\n\r\n10000000000000003\r\nabc\r\n0\r\n\r\n",
            "Host: a\r\nTransfer-Encoding: chunked\r\n\r\n3\nabc\r\n0\r\n\r\n",
            "Host: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\n0\r\n\r\n",
            "Host: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n0\r\n\r\n",
            "Host: a\r\nTransfer-Encoding: chunked\r\n\r\n3;a\nb\r\nabc\r\n0\r\n\r\n",
            "Host: a\r\nX: b\r\n c\r\n\r\n",
            "Host: a\r\nX: b\r\n\tContent-Length: 3\r\n\r\n",
            "Host: a\r\n Content-Length: 3\r\n\r\nabc",
            "Host: a\nContent-Length: 3\r\n\r\nabc",
            "Host: a\r\nContent-Length: 3\n\r\nabc",
            "Host: a\r\nContent-Length: 3\r\n\nabc",
            "Host: a\rContent-Length: 3\r\n\r\nabc",
            "Host: a\r\nX: b\0c\r\n\r\n",
            "Host: a\r\nX y: b\r\n\r\n",
            "Host: a\r\nX\r\n\r\n",
            "Host: a\r\n: b\r\n\r\n",
            "Host: a\r\nHost: b\r\n\r\n",
            "X: a\r\n\r\n",
        ]
    )
    func refused(_ rest: String) throws {
        let paths = try paths(of: "POST /first HTTP/1.1\r\n\(rest)\(Self.second)")
        #expect(paths.answered.isEmpty, "\(paths.output)")
        #expect(paths.output.hasPrefix("HTTP/1.1 400"), "\(paths.output)")
        #expect(paths.output.components(separatedBy: "HTTP/1.1 ").count == 2, "\(paths.output)")
    }

    @Test(
        "is refused if the ambiguity is in the request line",
        arguments: [
            "POST /first HTTP/1.1\nHost: a\r\n\r\n", "POST /fi rst HTTP/1.1\r\nHost: a\r\n\r\n",
            "POST\t/first HTTP/1.1\r\nHost: a\r\n\r\n", "POST /first HTTP/1.1 \r\nHost: a\r\n\r\n",
            "POST /first HTTP/1.2\r\nHost: a\r\n\r\n", "POST /first HTTP/0.9\r\nHost: a\r\n\r\n",
            "POST /first HTTP/2.0\r\nHost: a\r\n\r\n", "POST /first\r\nHost: a\r\n\r\n",
            "post /first HTTP/1.1\r\nHost: a\r\n\r\n",
        ]
    )
    func requestLine(_ text: String) throws {
        let paths = try paths(of: text + Self.second)
        #expect(paths.answered.isEmpty, "\(paths.output)")
        #expect(paths.output.hasPrefix("HTTP/1.1 4") || paths.output.hasPrefix("HTTP/1.1 505"), "\(paths.output)")
    }

    /// RFC 9112, section 6.1.
    @Test("is refused if HTTP/1.0 has chunks")
    func oldChunks() throws {
        let old =
            "POST /first HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\(Self.end)0\(Self.end)"
        let paths = try paths(of: old + Self.second)
        #expect(paths.answered.isEmpty && paths.output.hasPrefix("HTTP/1.0 400"), "\(paths.output)")
    }

    /// RFC 9112, section 3: words may be separated by more than one space, which the decoder accepts.
    @Test("is not one with an extra space in its request line", arguments: ["POST  /first", "POST /first "])
    func spaces(_ line: String) throws {
        let first = "\(line) HTTP/1.1\r\nHost: a\(Self.end)"
        #expect(try paths(of: first + Self.second).answered == ["/first", "/second"])
    }

    @Test("is not the same as two consecutive requests")
    func unambiguous() throws {
        let chunked =
            "POST /first HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\n\r\n3;x=y\r\nabc\r\n0\r\nT: 1\r\n\r\n"
        #expect(try paths(of: chunked + Self.second).answered == ["/first", "/second"])
        let sized = "POST /first HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc"
        #expect(try paths(of: sized + Self.second).answered == ["/first", "/second"])
    }

    @Test(
        "has headers of limited size and number, before and after the body",
        arguments: [
            "X: \(String(repeating: "x", count: 17_000))\(end)",
            String(repeating: "X: \(String(repeating: "x", count: 8000))\r\n", count: 5) + end,
            String(repeating: "X: 1\r\n", count: 101) + end,
            "Transfer-Encoding: chunked\r\n\r\n0\r\nX: \(String(repeating: "x", count: 17_000))\(end)",
            "Transfer-Encoding: chunked\r\n\r\n0\r\n\(String(repeating: "X: 1\r\n", count: 101))\(end)",
            "\(String(repeating: "x", count: 17_000)): 1\(end)",
        ]
    )
    func headers(_ rest: String) throws {
        let paths = try paths(of: "POST /first HTTP/1.1\r\nHost: a\r\n\(rest)")
        #expect(paths.answered.isEmpty && paths.output.hasPrefix("HTTP/1.1 431"), "\(paths.output)")
    }

    @Test("has a path whose length is limited like that of headers")
    func path() throws {
        let paths = try paths(of: "GET /\(String(repeating: "x", count: 40_000)) HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(paths.answered.isEmpty && paths.output.hasPrefix("HTTP/1.1 431"), "\(paths.output.prefix(100))")
    }

    // MARK: Helpers

    private final class Responder: HTTPResponder {
        var paths: [String] = []

        func screen(_ head: RequestHead, from peer: HTTPPeer) -> HeadVerdict { .accept(maximumBody: 100) }

        func respond(to request: HTTPRequest, on eventLoop: any EventLoop) -> HTTPAnswer {
            paths.append(String(request.path))
            return .immediate(.text(.ok, "ok"))
        }
    }

    /// The requests in the bytes that are answered, and the output.
    private func paths(of text: String) throws -> (answered: [String], output: String) {
        let responder = Responder()
        let channel = EmbeddedChannel()
        try HTTPConnectionHandler(responder: responder, limits: HTTPLimits()).add(to: channel.pipeline.syncOperations)
        try channel.connect(to: try SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        _ = try? channel.writeInbound(ByteBuffer(string: text))
        var output = ""
        while let buffer = try channel.readOutbound(as: ByteBuffer.self) { output += String(buffer: buffer) }
        _ = try? channel.finish(acceptAlreadyClosed: true)
        return (responder.paths, output)
    }
}
