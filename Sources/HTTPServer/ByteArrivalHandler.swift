internal import NIOCore

/// In front of the HTTP decoder, which says nothing before a head is complete: tells the connection that a request has
/// begun, and drops the bytes that the connection does not want any more.
final class ByteArrivalHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private let connection: HTTPConnectionHandler

    init(_ connection: HTTPConnectionHandler) { self.connection = connection }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if connection.bytesReceived() { context.fireChannelRead(data) }
    }
}
