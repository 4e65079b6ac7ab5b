internal import NIOCore
internal import NIOOpenSSL
internal import NIOTLS

/// Sits after the TLS handler until the handshake is over: counts how it ended, and logs why it failed.
final class TLSHandshakeHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer

    private let delegate: any HTTPServerDelegate
    private let log: TLSHandshakeLog?
    /// The client's address, because a closed channel cannot provide it.
    private let address: SocketAddress?
    private var isOver = false

    init(_ delegate: any HTTPServerDelegate, log: TLSHandshakeLog? = nil, address: SocketAddress? = nil) {
        self.delegate = delegate
        self.log = log
        self.address = address
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        context.fireUserInboundEventTriggered(event)
        guard case TLSUserEvent.handshakeCompleted = event else { return }
        end(.completed)
        context.pipeline.syncOperations.removeHandler(context: context, promise: nil)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        switch error as? TLSError {
        case .handshakeTimeout:
            delegate.limitReached(.handshake)
            end(.timedOut, error)
        case .closedDuringHandshake, nil: end(.closed)
        default: end(.failed, error)
        }
        context.fireErrorCaught(error)
    }

    func channelInactive(context: ChannelHandlerContext) {
        end(.closed)
        context.fireChannelInactive()
    }

    private func end(_ result: TLSHandshakeResult, _ error: (any Error)? = nil) {
        guard !isOver else { return }
        isOver = true
        delegate.handshakeEnded(result)
        if let error { log?.failed(result, error, from: address) }
    }
}
