internal import HTTPServer
internal import NIOCore
internal import NIOEmbedded
internal import NIOHTTP1

/// Checks that a client's bytes get the same response however they are split into reads.
enum HTTPFuzz {
    static func run(_ bytes: [UInt8]) throws {
        var input = FuzzInput(bytes)
        let sizes = input.bytes(4).map { Int($0) + 1 }
        let request = Array(bytes.dropFirst(4))
        let whole = try exchange([request[...]])
        var reads: [ArraySlice<UInt8>] = []
        var rest = request[...]
        while !rest.isEmpty {
            let size = sizes[reads.count % sizes.count]
            reads.append(rest.prefix(size))
            rest = rest.dropFirst(size)
        }
        let cut = try exchange(reads)
        guard cut == whole else {
            throw Finding("in one read:\n\(whole)\nin \(reads.count):\n\(cut)")
        }
        guard whole.isEmpty || whole.hasPrefix("HTTP/1.") else { throw Finding("this is not an answer: \(whole)") }
    }

    /// What is sent in response to these reads until the connection ends.
    private static func exchange(_ reads: [ArraySlice<UInt8>]) throws -> String {
        let responder = Responder()
        let channel = EmbeddedChannel()
        try HTTPConnectionHandler(responder: responder, limits: HTTPLimits()).add(to: channel.pipeline.syncOperations)
        try channel.connect(to: SocketAddress(unixDomainSocketPath: "/fuzz")).wait()
        for read in reads where channel.isActive {
            channel.pipeline.fireChannelRead(ByteBuffer(bytes: read))
            channel.pipeline.fireChannelReadComplete()
        }
        while responder.complete() {}
        var text = ""
        while let buffer = try channel.readOutbound(as: ByteBuffer.self) { text += String(buffer: buffer) }
        if !channel.isActive { text += "\nclosed" }
        channel.embeddedEventLoop.advanceTime(by: .hours(1))
        guard !channel.isActive else { throw Finding("the connection outlives every deadline") }
        _ = try? channel.finish(acceptAlreadyClosed: true)
        return text
    }

    /// Echoes the body. A request with a path longer than five bytes is answered later.
    private final class Responder: HTTPResponder {
        private var waiting: [(EventLoopPromise<HTTPResponse>, HTTPResponse)] = []

        func screen(_ head: RequestHead, from peer: HTTPPeer) -> HeadVerdict {
            head.uri == "/no" ? .refuse(.text(.notFound, "no\n")) : .accept(maximumBody: 64)
        }

        func respond(to request: HTTPRequest, on eventLoop: any EventLoop) -> HTTPAnswer {
            let response = HTTPResponse(.ok, contentType: "text/plain", body: request.body)
            guard request.head.uri.utf8.count > 5 else { return .immediate(response) }
            let promise = eventLoop.makePromise(of: HTTPResponse.self)
            waiting.append((promise, response))
            return .deferred(promise.futureResult)
        }

        func complete() -> Bool {
            let (all, none) = (waiting, waiting.isEmpty)
            waiting = []
            for (promise, response) in all { promise.succeed(response) }
            return !none
        }

        deinit { for (promise, response) in waiting { promise.succeed(response) } }
    }
}
