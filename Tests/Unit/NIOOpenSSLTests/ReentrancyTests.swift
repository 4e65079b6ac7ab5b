import NIOCore
import NIOEmbedded
import NIOOpenSSL
import TestNetwork
import Testing

@Suite("The handler supports reentrant calls:", .timeLimit(.minutes(5)))
struct ReentrancyTests {
    @Test("writing and closing in handshakeCompleted")
    func inHandshakeCompleted() throws {
        let pair = try EmbeddedPair.make()
        pair.server.recorder.onEvent = { context, event in
            guard case .handshakeCompleted = event else { return }
            context.writeAndFlush(NIOAny(ByteBuffer(string: "2")), promise: nil)
            context.close(promise: nil)
        }
        pair.server.send("1")
        try pair.connect()
        #expect(pair.client.text == "12")
        #expect(pair.client.events.last == .inputClosed)
        #expect(pair.server.errors.isEmpty && pair.client.errors.isEmpty)
    }

    @Test("responding to each read from within it, in order")
    func echo() throws {
        let pair = try EmbeddedPair.make()
        try pair.connect()
        pair.server.recorder.onRead = { context, buffer in
            context.writeAndFlush(NIOAny(buffer), promise: nil)
        }
        let bytes = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 >> 4) }
        pair.delivery = .coalesced
        pair.client.send(bytes)
        try pair.exchange()
        #expect(pair.client.received == bytes)
    }

    @Test("closing in the first of several reads, after which the rest is not delivered")
    func closeInRead() throws {
        let pair = try EmbeddedPair.make()
        try pair.connect()
        pair.server.recorder.onRead = { context, _ in context.close(promise: nil) }
        pair.delivery = .coalesced
        pair.client.send([UInt8](repeating: 1, count: 100_000))
        try pair.exchange()
        #expect(pair.server.recorder.readCount == 1)
        #expect(pair.client.events.last == .inputClosed)
        #expect(pair.server.errors.isEmpty)
    }

    @Test("data that arrives during the delivery of a read, in order")
    func readInRead() throws {
        let pair = try EmbeddedPair.make()
        try pair.connect()
        pair.client.send([UInt8](repeating: UInt8(ascii: "a"), count: 40_000))
        let first = try #require(try pair.client.channel.readOutbound(as: ByteBuffer.self))
        pair.client.send("b")
        let second = try #require(try pair.client.channel.readOutbound(as: ByteBuffer.self))
        let server = pair.server
        server.recorder.onRead = { _, _ in
            server.recorder.onRead = nil
            server.receive(second)
        }
        server.receive(first)
        #expect(server.received == [UInt8](repeating: UInt8(ascii: "a"), count: 40_000) + [UInt8(ascii: "b")])
    }

    @Test("a peer that responds before a write has returned, with events in order", arguments: [true, false])
    func synchronousPeer(clientSpeaksFirst: Bool) throws {
        let pair = try EmbeddedPair.make()
        let ends = [(pair.client, pair.server), (pair.server, pair.client)]
        for (sender, receiver) in ends {
            let wire = Wire { [unowned receiver] in receiver.receive($0) }
            try sender.channel.pipeline.syncOperations.addHandler(wire, position: .first)
        }
        let (first, second) = clientSpeaksFirst ? ends[0] : ends[1]
        first.recorder.onEvent = { context, event in
            guard case .handshakeCompleted = event else { return }
            context.writeAndFlush(NIOAny(ByteBuffer(string: "question")), promise: nil)
        }
        second.recorder.onRead = { context, _ in
            context.writeAndFlush(NIOAny(ByteBuffer(string: "answer")), promise: nil)
        }
        try pair.server.activate()
        try pair.client.activate()
        #expect(second.text == "question")
        #expect(first.text == "answer")
        for (peer, _) in ends {
            #expect(peer.events == [.active, .handshakeCompleted("http/1.1"), .read])
        }
    }

    @Test("writing when a write's promise succeeds or fails")
    func writeInPromise() throws {
        let pair = try EmbeddedPair.make()
        try pair.connect()
        let channel = pair.client.channel
        let inner = NIOLoopBoundBox<EventLoopFuture<Void>?>(nil, eventLoop: pair.loop)
        pair.client.send("1").whenSuccess { inner.value = channel.writeAndFlush(ByteBuffer(string: "2")) }
        try pair.exchange()
        #expect(pair.server.text == "12")
        #expect(inner.value?.isSuccess == true)

        channel.write(ByteBuffer(string: "3")).whenFailure { _ in
            inner.value = channel.writeAndFlush(ByteBuffer(string: "4"))
        }
        pair.client.loseConnection()
        #expect(inner.value?.error as? ChannelError == .ioOnClosedChannel)
    }

    @Test("closing in errorCaught and in inputClosed")
    func closeInError() throws {
        let pair = try EmbeddedPair.make()
        pair.server.recorder.onEvent = { context, event in
            if event == .error { context.close(promise: nil) }
        }
        try pair.server.activate()
        pair.server.receive(ByteBuffer(string: "GET / HTTP/1.1\r\n\r\n"))
        #expect(pair.server.events == [.active, .error, .inactive])

        let other = try EmbeddedPair.make()
        other.server.recorder.onEvent = { context, event in
            if event == .inputClosed { context.close(promise: nil) }
        }
        try other.connect()
        let closed = other.client.channel.close()
        try other.exchange()
        #expect(closed.isSuccess)
        #expect(!other.server.channel.isActive && other.server.errors.isEmpty)
    }

    @Test("removing the handler in a read")
    func removeInRead() throws {
        let pair = try EmbeddedPair.make()
        try pair.connect()
        let handler = pair.server.handler
        pair.server.recorder.onRead = { context, _ in
            context.pipeline.syncOperations.removeHandler(handler, promise: nil)
        }
        pair.delivery = .coalesced
        pair.client.send([UInt8](repeating: 1, count: 60_000))
        try pair.exchange()
        #expect(pair.server.recorder.readCount == 1)
    }
}

/// Carries writes to the other end at once.
private final class Wire: ChannelOutboundHandler {
    typealias OutboundIn = ByteBuffer

    private let deliver: (ByteBuffer) -> Void

    init(_ deliver: @escaping (ByteBuffer) -> Void) { self.deliver = deliver }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        deliver(unwrapOutboundIn(data))
        promise?.succeed()
    }
}
