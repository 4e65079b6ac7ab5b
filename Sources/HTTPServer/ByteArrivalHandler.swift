package import NIOCore

/// In front of the HTTP decoder: tells the connection that a request has begun, which the decoder does not say before
/// the head is complete, and drops what nobody will look at.
package final class ByteArrivalHandler: ChannelInboundHandler {
    package typealias InboundIn = ByteBuffer
    package typealias InboundOut = ByteBuffer

    private let connection: HTTPConnectionHandler

    package init(_ connection: HTTPConnectionHandler) { self.connection = connection }

    package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if connection.bytesReceived() { context.fireChannelRead(data) }
    }
}
