import NIOCore
import NIOEmbedded
import NIOHTTP1
import Testing

@testable import HTTPServer

@Suite("A request body", .timeLimit(.minutes(5)))
struct RequestBodyTests {
    @Test(
        "is not copied if it arrives with its head, and has the padding that parsers need",
        arguments: [0, 63, 64, 65]
    )
    func whole(_ room: Int) throws {
        let text = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello"
        var bytes = ByteBufferAllocator().buffer(capacity: 128)
        bytes.moveWriterIndex(to: bytes.capacity - room - text.utf8.count)
        bytes.moveReaderIndex(to: bytes.writerIndex)
        bytes.writeString(text)
        let connection = try Connection()
        connection.receive(bytes)
        let body = try #require(connection.responder.bodies.first)
        #expect(String(buffer: body) == "hello" && body.writableBytes >= 64)
        let isSame = bytes.withVeryUnsafeBytes(\.baseAddress) == body.withVeryUnsafeBytes(\.baseAddress)
        #expect(isSame == (room >= 64))
    }

    @Test("is assembled from its parts, up to its declared length", arguments: [1, 3, 7, 100])
    func pieces(_ size: Int) throws {
        let connection = try Connection()
        let text = String(repeating: "0123456789", count: 9)
        let request = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 90\r\n\r\n"
        connection.receive(ByteBuffer(string: request))
        var rest = ByteBuffer(string: text + request + text)
        while let piece = rest.readSlice(length: min(size, rest.readableBytes)), piece.readableBytes > 0 {
            connection.receive(piece)
        }
        #expect(connection.responder.bodies.map { String(buffer: $0) } == [text, text])
        #expect(connection.responder.bodies.allSatisfy { $0.writableBytes >= 64 })
        #expect(connection.responder.statuses == [.ok, .ok])
    }

    @Test("takes memory as it arrives if it is longer than the unreserved bytes")
    func long() throws {
        let connection = try Connection()
        let text = String(repeating: "x", count: 300_000)
        connection.receive(ByteBuffer(string: "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 300000\r\n\r\n"))
        var rest = ByteBuffer(string: text + "GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        while let piece = rest.readSlice(length: min(50_000, rest.readableBytes)), piece.readableBytes > 0 {
            connection.receive(piece)
        }
        #expect(connection.responder.bodies.map(\.readableBytes) == [300_000, 0])
    }

    @Test("is answered with 400 if it is truncated", arguments: [false, true])
    func cutOff(_ isAnnounced: Bool) throws {
        let connection = try Connection()
        connection.receive(ByteBuffer(string: "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhell"))
        if isAnnounced {
            connection.channel.pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
            let output = try connection.channel.readOutbound(as: ByteBuffer.self)
            #expect(String(buffer: output ?? ByteBuffer()).hasPrefix("HTTP/1.1 400"))
        } else {
            connection.channel.pipeline.fireChannelInactive()
        }
        #expect(connection.responder.bodies.isEmpty && connection.responder.statuses == [.badRequest])
    }

    // MARK: Helpers

    /// Records the bodies.
    private final class Responder: HTTPResponder {
        private(set) var bodies: [ByteBuffer] = []
        private(set) var statuses: [HTTPResponseStatus] = []

        func screen(_ head: RequestHead, from peer: HTTPPeer) -> HeadVerdict { .accept(maximumBody: 1_000_000) }

        func respond(to request: HTTPRequest, on eventLoop: any EventLoop) -> HTTPAnswer {
            bodies.append(request.body)
            return .immediate(.text(.ok, ""))
        }

        func answering(_ head: RequestHead, with status: HTTPResponseStatus) { statuses.append(status) }
    }

    private final class Connection {
        let channel = EmbeddedChannel()
        let responder = Responder()

        init() throws {
            var limits = HTTPLimits()
            limits.bodyPadding = 64
            try HTTPConnectionHandler(responder: responder, limits: limits).add(to: channel.pipeline.syncOperations)
            try channel.connect(to: try SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        }

        func receive(_ bytes: ByteBuffer) {
            channel.pipeline.fireChannelRead(bytes)
            channel.pipeline.fireChannelReadComplete()
        }

        deinit { _ = try? channel.finish(acceptAlreadyClosed: true) }
    }
}
