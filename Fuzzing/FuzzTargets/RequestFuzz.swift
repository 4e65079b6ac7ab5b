internal import HTTPServer
internal import NIOCore
internal import NIOEmbedded
internal import NIOHTTP1

/// Checks that a client's bytes are read in the same way, and get the same response, whether the server parses requests
/// of the usual form itself or leaves all of them to NIO's decoder.
///
/// The first byte of an input determines how the connection ends, and the next four how the rest is split into reads.
enum RequestFuzz {
    static func run(_ bytes: [UInt8]) throws {
        var input = FuzzInput(bytes)
        let isEnding = input.byte() & 1 == 1
        let sizes = input.bytes(4).map { $0 == 255 ? Int.max : Int($0) + 1 }
        let request = Array(bytes.dropFirst(5))
        let parsed = try exchange(request, sizes, isEnding: isEnding, first: "GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        // Only NIO's decoder reads a field without a space, and all that comes after it.
        let decoded = try exchange(request, sizes, isEnding: isEnding, first: "GET / HTTP/1.1\r\nHost:a\r\n\r\n")
        guard parsed == decoded else {
            throw Finding("read by itself:\n\(parsed)\nread by NIO's decoder:\n\(decoded)")
        }
    }

    /// What the responder was asked and what was sent in response to `bytes`, until the connection ended.
    private static func exchange(_ bytes: [UInt8], _ sizes: [Int], isEnding: Bool, first: String) throws -> String {
        let responder = Responder()
        let channel = EmbeddedChannel()
        try HTTPConnectionHandler(responder: responder, limits: HTTPLimits()).add(to: channel.pipeline.syncOperations)
        try channel.connect(to: SocketAddress(unixDomainSocketPath: "/fuzz")).wait()
        receive(ByteBuffer(string: first), channel)
        var rest = bytes[...]
        var reads = 0
        while !rest.isEmpty, channel.isActive {
            let size = min(rest.count, sizes.isEmpty ? rest.count : sizes[reads % sizes.count])
            receive(ByteBuffer(bytes: rest.prefix(size)), channel)
            rest = rest.dropFirst(size)
            reads += 1
        }
        if isEnding { channel.pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed) }
        while responder.complete() {}
        channel.embeddedEventLoop.advanceTime(by: .hours(1))
        guard !channel.isActive else { throw Finding("the connection outlives every deadline") }
        var text = responder.heads
        while let buffer = try channel.readOutbound(as: ByteBuffer.self) { text += String(buffer: buffer) }
        _ = try? channel.finish(acceptAlreadyClosed: true)
        return text
    }

    private static func receive(_ bytes: ByteBuffer, _ channel: EmbeddedChannel) {
        channel.pipeline.fireChannelRead(bytes)
        channel.pipeline.fireChannelReadComplete()
    }

    /// Echoes the body. A request with a path longer than five bytes is answered later.
    private final class Responder: HTTPResponder {
        private var waiting: [(EventLoopPromise<HTTPResponse>, HTTPResponse)] = []
        private(set) var heads = ""

        func screen(_ head: RequestHead, from peer: HTTPPeer) -> HeadVerdict {
            heads += "\(head.method) \(head.path) \(head.query) \(head.version) \(head.contentType ?? "-")\n"
            heads += "\(head.accept ?? "-") \(head.acceptEncoding ?? "-")\n"
            return head.uri == "/no" ? .refuse(.text(.notFound, "no\n")) : .accept(maximumBody: 64)
        }

        func respond(to request: HTTPRequest, on eventLoop: any EventLoop) -> HTTPAnswer {
            let response = HTTPResponse(.ok, contentType: "text/plain", body: request.body)
            guard request.path.utf8.count > 5 else { return .immediate(response) }
            let promise = eventLoop.makePromise(of: HTTPResponse.self)
            waiting.append((promise, response))
            return .deferred(promise.futureResult)
        }

        func answering(_ head: RequestHead, with status: HTTPResponseStatus) {
            heads += "\(head.uri): \(status.code)\n"
        }

        func complete() -> Bool {
            let all = waiting
            waiting = []
            for (promise, response) in all { promise.succeed(response) }
            return !all.isEmpty
        }

        deinit { for (promise, response) in waiting { promise.succeed(response) } }
    }
}
