internal import NIOCore
internal import NIOHTTP1
internal import NIOOpenSSL
internal import NIOTLS

/// Carries out what `ExchangeStateMachine` says, for the exchanges of one connection.
final class ExchangeHandler: ChannelDuplexHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundIn = Exchange
    typealias OutboundOut = HTTPClientRequestPart

    /// Done when a request can be sent: after the TLS handshake, if there is one.
    private(set) var ready: EventLoopFuture<Void>?
    private var readyPromise: EventLoopPromise<Void>?
    private let tls: TLSContext?
    private let pool: ConnectionPool
    private let memory: AnswerMemory
    private let idleTimeout: TimeAmount
    private var machine = ExchangeStateMachine()
    private var exchange: Exchange?
    private var head: HTTPResponseHead?
    /// The answer so far; of a stream, what has come of it in this read.
    private var body: ByteBuffer?
    /// Of an answer that is not small.
    private var lease: AnswerMemory.Lease?
    private var timer: Scheduled<Void>?
    /// When the last part of a stream came, or its reader asked for more.
    private var lastActivity = NIODeadline.distantPast
    /// How long a stream may be silent.
    private var streamTimeout = TimeAmount.zero
    private var isPaused = false
    private var isReadHeld = false
    private var isClosing = false

    /// A part of a stream is handed over when it has grown to so many bytes, or the read is over.
    private static let largestPart = 64 * 1024

    /// - Parameters:
    ///   - tls: What the connection is made with; nil for plain HTTP.
    ///   - idleTimeout: How long the connection waits in the pool for the next request.
    init(tls: TLSContext?, pool: ConnectionPool, memory: AnswerMemory, idleTimeout: TimeAmount) {
        self.memory = memory
        self.tls = tls
        self.pool = pool
        self.idleTimeout = idleTimeout
    }

    // MARK: The beginning

    func handlerAdded(context: ChannelHandlerContext) {
        let promise = context.eventLoop.makePromise(of: Void.self)
        readyPromise = promise
        ready = promise.futureResult
    }

    func channelActive(context: ChannelHandlerContext) {
        if tls == nil { readyPromise?.succeed() }
        context.fireChannelActive()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .handshakeCompleted = event as? TLSUserEvent { readyPromise?.succeed() }
        context.fireUserInboundEventTriggered(event)
        // Nothing more comes; with TLS the connection would stay active for a while.
        if case .inputClosed = event as? ChannelEvent { fail(ExchangeError.closedEarly, context) }
    }

    // MARK: Requests

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let exchange = unwrapOutboundIn(data)
        guard !isClosing, machine.start(exchange.kind) else {
            promise?.fail(ChannelError.ioOnClosedChannel)
            return
        }
        self.exchange = exchange
        startTimer(exchange.timeout, context) { $0.fail(ExchangeError.responseTimeout, context) }
        promise?.succeed()
        context.write(wrapOutboundOut(.head(exchange.head)), promise: nil)
        if let body = exchange.body { context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil) }
        context.write(wrapOutboundOut(.end(nil)), promise: nil)
    }

    func triggerUserOutboundEvent(context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?) {
        switch event {
        case is BodyDelegate.Demand:
            isPaused = false
            lastActivity = context.eventLoop.now
            if isReadHeld {
                isReadHeld = false
                context.read()
            }
        case let timeout as BodyDelegate.IdleTimeout:
            streamTimeout = timeout.amount
            if case .stream = exchange?.answer { watchForIdleness(context) }
        default:
            context.triggerUserOutboundEvent(event, promise: promise)
            return
        }
        promise?.succeed()
    }

    func read(context: ChannelHandlerContext) {
        if isPaused { isReadHeld = true } else { context.read() }
    }

    // MARK: Answers

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): received(head, context)
        case .body(let part): received(part, context)
        case .end: receivedEnd(context)
        }
    }

    private func received(_ head: HTTPResponseHead, _ context: ChannelHandlerContext) {
        switch machine.receivedHead(status: Int(head.status.code), isKeepAlive: head.isKeepAlive) {
        case .close: close(context)
        case .none: self.head = head
        case .startStream:
            guard let exchange, case .stream(_, let idleTimeout) = exchange.answer else { return }
            lastActivity = context.eventLoop.now
            streamTimeout = idleTimeout
            watchForIdleness(context)
            exchange.promise.succeed(APIResponse(head, ByteBuffer()))
        }
    }

    private func received(_ part: ByteBuffer, _ context: ChannelHandlerContext) {
        switch machine.receivedBody(count: part.readableBytes) {
        case .ignore: break
        case .append:
            append(part)
            guard hasMemory else {
                fail(ExchangeError.tooManyLargeAnswers(limit: memory.limit), context)
                return
            }
        case .yield:
            lastActivity = context.eventLoop.now
            append(part)
            if let body, body.readableBytes >= Self.largestPart { yieldBody() }
        case .fail(let limit):
            conclude()?.promise.fail(
                ExchangeFailure(error: ExchangeError.answerTooLarge(limit: limit), beforeResponse: false)
            )
            close(context)
        }
    }

    private func append(_ part: ByteBuffer) {
        if body?.writeImmutableBuffer(part) == nil { body = part }
    }

    /// Whether the answer may be as large as it has become.
    private var hasMemory: Bool {
        guard let body, body.readableBytes > AnswerMemory.smallAnswer else { return true }
        let lease = lease ?? memory.lease()
        self.lease = lease
        return lease.grow(to: body.capacity)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        yieldBody()
        context.fireChannelReadComplete()
    }

    /// Hands over what has come of a stream: events that came together wake its reader once.
    private func yieldBody() {
        guard let body, case .stream(let source, _) = exchange?.answer, machine.isStreaming else { return }
        self.body = nil
        if source.yield(body) == .stopProducing { isPaused = true }
    }

    private func receivedEnd(_ context: ChannelHandlerContext) {
        yieldBody()
        switch machine.receivedEnd() {
        case .ignore: break
        case .finishStream:
            if case .stream(let source, _) = conclude()?.answer { source.finish() }
            close(context)
        case .complete(let isReusable):
            guard let head else { return }
            let response = APIResponse(head, body ?? ByteBuffer(), lease)
            let exchange = conclude()
            if isReusable, pool.put(context.channel, madeWith: tls) {
                startTimer(idleTimeout, context) { $0.close(context) }
            } else {
                close(context)
            }
            exchange?.promise.succeed(response)
        }
    }

    // MARK: Ends

    func errorCaught(context: ChannelHandlerContext, error: any Error) { fail(error, context) }

    func channelInactive(context: ChannelHandlerContext) {
        fail(ExchangeError.closedEarly, context)
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) { fail(ExchangeError.closedEarly, context) }

    private func fail(_ error: any Error, _ context: ChannelHandlerContext) {
        readyPromise?.fail(error)
        yieldBody()
        switch machine.failed() {
        case .none: timer?.cancel()
        case .failAnswer(let beforeResponse):
            conclude()?.promise.fail(ExchangeFailure(error: error, beforeResponse: beforeResponse))
        case .failStream:
            if case .stream(let source, _) = conclude()?.answer { source.finish(error) }
        }
        close(context)
    }

    /// Somebody else closes the connection.
    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        if mode == .all { forget(context) }
        context.close(mode: mode, promise: promise)
    }

    private func close(_ context: ChannelHandlerContext) {
        forget(context)
        context.close(promise: nil)
    }

    /// No request comes over this connection any more, however long it takes to close it.
    private func forget(_ context: ChannelHandlerContext) {
        isClosing = true
        pool.remove(context.channel)
    }

    /// The exchange that is over; nothing of it remains here.
    private func conclude() -> Exchange? {
        timer?.cancel()
        timer = nil
        head = nil
        body = nil
        lease = nil
        defer { exchange = nil }
        return exchange
    }

    // MARK: Time

    private func startTimer(
        _ amount: TimeAmount,
        _ context: ChannelHandlerContext,
        _ body: @escaping (ExchangeHandler) -> Void
    ) {
        timer?.cancel()
        timer = context.eventLoop.assumeIsolated().scheduleTask(in: amount) { body(self) }
    }

    private func watchForIdleness(_ context: ChannelHandlerContext) {
        let remaining = isPaused ? streamTimeout : streamTimeout - (context.eventLoop.now - lastActivity)
        guard remaining > .zero else {
            fail(ExchangeError.idleTimeout(streamTimeout), context)
            return
        }
        startTimer(remaining, context) { $0.watchForIdleness(context) }
    }
}

extension APIResponse {
    init(_ head: HTTPResponseHead, _ body: ByteBuffer, _ lease: AnswerMemory.Lease? = nil) {
        self.init(status: Int(head.status.code), headers: head.headers, body: body, lease: lease)
    }
}
