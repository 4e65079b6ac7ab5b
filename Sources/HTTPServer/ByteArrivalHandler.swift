internal import NIOCore

/// In front of NIO's decoder, which says nothing before a head is complete: tells the connection that a request has begun,
/// and drops the bytes that the connection does not want any more.
final class ByteArrivalHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private let connection: HTTPConnectionHandler
    /// From when the handler is added until it is removed.
    private var context: ChannelHandlerContext?

    init(_ connection: HTTPConnectionHandler) { self.connection = connection }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    /// Has the decoder decode bytes that came before it was there.
    func decode(_ bytes: ByteBuffer) { context?.fireChannelRead(wrapInboundOut(bytes)) }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if connection.bytesReceived() { context.fireChannelRead(data) }
    }
}
