internal import NIOCore

/// Sits in front of NIO's decoder, which reports nothing before a head is complete: tells the connection that a request
/// has begun, and drops bytes that the connection does not want.
final class ByteArrivalHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private let connection: HTTPConnectionHandler
    /// The context, from the time the handler is added until it is removed.
    private var context: ChannelHandlerContext?

    init(_ connection: HTTPConnectionHandler) { self.connection = connection }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    /// Passes bytes to the decoder that arrived before it was added.
    func decode(_ bytes: ByteBuffer) { context?.fireChannelRead(wrapInboundOut(bytes)) }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if connection.bytesReceived() { context.fireChannelRead(data) }
    }
}
