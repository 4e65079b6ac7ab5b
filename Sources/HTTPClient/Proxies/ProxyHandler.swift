internal import NIOCore
internal import NIOTLS

/// Performs the handshake with a proxy as soon as the connection to it is ready. The handlers after it learn that the
/// channel is active when the handshake is complete; from then on, bytes pass unchanged.
final class ProxyHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private enum State { case waiting, shaking, complete, failed }

    private let proxy: ProxyURL
    private let timeout: TimeAmount
    private var handshake: any ProxyHandshake
    private var state = State.waiting
    /// The part of the proxy's next message that has arrived.
    private var input = ByteBuffer()
    private var timer: Scheduled<Void>?

    /// - Parameter timeout: How long the handshake may take.
    init(_ proxy: ProxyURL, _ handshake: any ProxyHandshake, timeout: TimeAmount) {
        self.proxy = proxy
        self.handshake = handshake
        self.timeout = timeout
    }

    func channelActive(context: ChannelHandlerContext) {
        if proxy.scheme != .https { start(context) }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch (state, event) {
        case (.waiting, TLSUserEvent.handshakeCompleted): start(context)
        case (.waiting, ChannelEvent.inputClosed), (.shaking, ChannelEvent.inputClosed):
            fail(ProxyFailure.closed, context)
        default: context.fireUserInboundEventTriggered(event)
        }
    }

    private func start(_ context: ChannelHandlerContext) {
        state = .shaking
        timer = context.eventLoop.assumeIsolated().scheduleTask(in: timeout) { [timeout] in
            self.fail(ProxyFailure(reason: "did not answer within \(Duration(timeout))"), context)
        }
        send(handshake.greeting, context)
    }

    private func send(_ bytes: [UInt8], _ context: ChannelHandlerContext) {
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: bytes)), promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch state {
        case .waiting, .failed: break
        case .complete: context.fireChannelRead(data)
        case .shaking:
            input.writeImmutableBuffer(unwrapInboundIn(data))
            proceed(context)
        }
    }

    private func proceed(_ context: ChannelHandlerContext) {
        do throws(ProxyFailure) {
            while true {
                switch try handshake.receive(&input) {
                case .wait: return
                case .send(let bytes): send(bytes, context)
                case .complete:
                    complete(context)
                    return
                }
            }
        } catch {
            fail(error, context)
        }
    }

    private func complete(_ context: ChannelHandlerContext) {
        state = .complete
        timer?.cancel()
        let rest = input
        input = ByteBuffer()
        context.fireChannelActive()
        if rest.readableBytes > 0 { context.fireChannelRead(wrapInboundOut(rest)) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if state == .complete { context.fireErrorCaught(error) } else { fail(error, context) }
    }

    func channelInactive(context: ChannelHandlerContext) {
        fail(ProxyFailure.closed, context)
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) { timer?.cancel() }

    private func fail(_ error: any Error, _ context: ChannelHandlerContext) {
        guard state == .waiting || state == .shaking else { return }
        state = .failed
        timer?.cancel()
        context.fireErrorCaught(HTTPClientError.proxy(proxy, error))
    }
}
