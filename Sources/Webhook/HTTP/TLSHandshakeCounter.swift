internal import NIOCore
internal import NIOOpenSSL
internal import NIOTLS

/// Behind the TLS handler until the handshake is over: counts how it ended.
final class TLSHandshakeCounter: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer

    private let metrics: WebhookMetrics
    private var isOver = false

    init(_ metrics: WebhookMetrics) { self.metrics = metrics }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        context.fireUserInboundEventTriggered(event)
        guard case TLSUserEvent.handshakeCompleted = event else { return }
        end(.completed)
        context.pipeline.syncOperations.removeHandler(context: context, promise: nil)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        switch error as? TLSError {
        case .handshakeTimeout:
            metrics.reached(.handshake)
            end(.timedOut)
        case .closedDuringHandshake, nil: end(.closed)
        default: end(.failed)
        }
        context.fireErrorCaught(error)
    }

    func channelInactive(context: ChannelHandlerContext) {
        end(.closed)
        context.fireChannelInactive()
    }

    private func end(_ result: WebhookMetrics.Handshake) {
        if !isOver { metrics.shookHands(result) }
        isOver = true
    }
}
