package import NIOCore
package import NIOEmbedded
package import NIOOpenSSL
import NIOTLS

/// A client and a server on embedded channels, and the network between them.
package final class EmbeddedPair {
    /// How the network divides the bytes that it carries.
    package enum Delivery: Sendable, CaseIterable {
        case asWritten
        case byteByByte
        case coalesced
    }

    package let loop = EmbeddedEventLoop()
    package let client: EmbeddedPeer
    package let server: EmbeddedPeer
    package var delivery = Delivery.asWritten
    package var beforeDelivery: () -> Void = {}

    package convenience init(
        client clientContext: TLSContext,
        server serverContext: TLSContext,
        serverName: String = "localhost"
    ) {
        self.init(client: clientContext, server: TLSHandler(serverContext: serverContext), serverName: serverName)
    }

    package init(client clientContext: TLSContext, server handler: TLSHandler, serverName: String = "localhost") {
        let onClient = TLSHandler(clientContext: clientContext, serverName: serverName)
        client = EmbeddedPeer(loop, onClient)
        server = EmbeddedPeer(loop, handler)
    }

    /// Closes both channels if they are open, and removes their handlers, which an embedded channel does on the next
    /// turn of its loop.
    package func tearDown() {
        for peer in [client, server] {
            peer.loseConnection()
            _ = peer.channel.close()
        }
        loop.run()
    }

    package static func make(
        version: TLSVersion? = nil,
        delivery: Delivery = .asWritten
    ) throws -> EmbeddedPair {
        let fixture = try TLSFixture.shared
        let pair = EmbeddedPair(
            client: try fixture.clientContext(),
            server: try fixture.serverContext { $0.maximumVersion = version }
        )
        pair.delivery = delivery
        return pair
    }

    /// Connects, and carries bytes until neither side has any left.
    package func connect() throws {
        try server.activate()
        try client.activate()
        try exchange()
    }

    package func exchange() throws {
        while try carry(from: client, to: server) || carry(from: server, to: client) {}
    }

    /// Returns whether there was anything to carry.
    @discardableResult
    package func carry(from sender: EmbeddedPeer, to receiver: EmbeddedPeer) throws -> Bool {
        var all = ByteBuffer()
        var chunks: [ByteBuffer] = []
        while let chunk = try sender.channel.readOutbound(as: ByteBuffer.self) {
            chunks.append(chunk)
            all.writeImmutableBuffer(chunk)
        }
        guard all.readableBytes > 0 else { return false }
        switch delivery {
        case .asWritten: for chunk in chunks { deliver(chunk, to: receiver) }
        case .coalesced: deliver(all, to: receiver)
        case .byteByByte:
            while let byte = all.readSlice(length: 1) { deliver(byte, to: receiver) }
        }
        return true
    }

    private func deliver(_ buffer: ByteBuffer, to receiver: EmbeddedPeer) {
        beforeDelivery()
        receiver.receive(buffer)
    }
}

/// One end: a channel with a `TLSHandler`, and a handler behind it that records what happens.
package final class EmbeddedPeer {
    package let channel: EmbeddedChannel
    package let handler: TLSHandler
    package let recorder = EmbeddedRecorder()

    package init(_ loop: EmbeddedEventLoop, _ handler: TLSHandler) {
        self.handler = handler
        channel = EmbeddedChannel(handlers: [handler, recorder], loop: loop)
    }

    package func activate() throws {
        try channel.connect(to: SocketAddress(unixDomainSocketPath: "/test")).wait()
    }

    /// Delivers ciphertext.
    package func receive(_ buffer: ByteBuffer) {
        channel.pipeline.fireChannelRead(buffer)
        channel.pipeline.fireChannelReadComplete()
    }

    /// The TCP connection is lost.
    package func loseConnection() {
        channel.pipeline.fireChannelInactive()
    }

    @discardableResult
    package func send(_ bytes: [UInt8]) -> EventLoopFuture<Void> {
        channel.writeAndFlush(ByteBuffer(bytes: bytes))
    }

    @discardableResult
    package func send(_ text: String) -> EventLoopFuture<Void> { send(Array(text.utf8)) }

    package var events: [EmbeddedRecorder.Event] { recorder.events }
    package var errors: [TLSError] { recorder.errors }
    package var received: [UInt8] { recorder.received }
    package var text: String { String(decoding: received, as: UTF8.self) }
}

package final class EmbeddedRecorder: ChannelInboundHandler {
    package typealias InboundIn = ByteBuffer

    package enum Event: Equatable {
        case active
        case handshakeCompleted(String?)
        /// One or more consecutive reads.
        case read
        case inputClosed
        case error
        case inactive
    }

    package private(set) var events: [Event] = []
    package private(set) var received: [UInt8] = []
    package private(set) var errors: [TLSError] = []
    package private(set) var readCount = 0
    package private(set) var largestRead = 0
    package var onRead: ((ChannelHandlerContext, ByteBuffer) -> Void)?
    package var onEvent: ((ChannelHandlerContext, Event) -> Void)?

    package func channelActive(context: ChannelHandlerContext) {
        note(.active, context)
    }

    package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let buffer = unwrapInboundIn(data)
        received.append(contentsOf: buffer.readableBytesView)
        readCount += 1
        largestRead = max(largestRead, buffer.readableBytes)
        if events.last != .read { note(.read, context) }
        onRead?(context, buffer)
    }

    package func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case TLSUserEvent.handshakeCompleted(let negotiated): note(.handshakeCompleted(negotiated), context)
        case ChannelEvent.inputClosed: note(.inputClosed, context)
        default: break
        }
    }

    package func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if let error = error as? TLSError { errors.append(error) }
        note(.error, context)
    }

    package func channelInactive(context: ChannelHandlerContext) {
        note(.inactive, context)
    }

    private func note(_ event: Event, _ context: ChannelHandlerContext) {
        events.append(event)
        onEvent?(context, event)
    }
}

extension EventLoopFuture<Void> {
    /// Nil while it is pending.
    package var outcome: Result<Void, any Error>? {
        let box = NIOLoopBoundBox<Result<Void, any Error>?>(nil, eventLoop: eventLoop)
        whenComplete { box.value = $0 }
        return box.value
    }

    package var isPending: Bool { outcome == nil }

    package var isSuccess: Bool {
        if case .success = outcome { true } else { false }
    }

    package var error: (any Error)? {
        if case .failure(let error) = outcome { error } else { nil }
    }
}
