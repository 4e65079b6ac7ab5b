internal import NIOCore
internal import NIOHTTP1
internal import NIOOpenSSL
internal import NIOTLS

/// Performs the actions of `ExchangeStateMachine`, for the exchanges of one connection.
final class ExchangeHandler: ChannelDuplexHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundIn = Exchange
    typealias OutboundOut = HTTPClientRequestPart

    /// Succeeds when a request can be sent: after the TLS handshake, if there is one.
    private(set) var ready: EventLoopPromise<Void>?
    private let tls: TLSContext?
    private let pool: ConnectionPool
    private let memory: ResponseMemory
    private let idleTimeout: TimeAmount
    private var machine = ExchangeStateMachine()
    private var exchange: Exchange?
    private var head: HTTPResponseHead?
    /// The body so far; for a stream, what has arrived in this read.
    private var body: ByteBuffer?
    /// The memory of a body that is not small.
    private var lease: ResponseMemory.Lease?
    private var timer: Scheduled<Void>?

    /// A part of a stream is passed on when it has grown to this many bytes, or when the read is over.
    private static let largestPart = 64 * 1024

    /// - Parameters:
    ///   - tls: The context for the connection; nil for plain HTTP.
    ///   - idleTimeout: How long the connection waits in the pool for the next request.
    init(tls: TLSContext?, pool: ConnectionPool, memory: ResponseMemory, idleTimeout: TimeAmount) {
        self.memory = memory
        self.tls = tls
        self.pool = pool
        self.idleTimeout = idleTimeout
    }

    // MARK: The beginning

    func handlerAdded(context: ChannelHandlerContext) { ready = context.eventLoop.makePromise() }

    func channelActive(context: ChannelHandlerContext) {
        if tls == nil { ready?.succeed() }
        context.fireChannelActive()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .handshakeCompleted = event as? TLSUserEvent { ready?.succeed() }
        context.fireUserInboundEventTriggered(event)
        // Nothing more will arrive; with TLS, the connection would stay active for a while.
        if case .inputClosed = event as? ChannelEvent { fail(.closedEarly, context) }
    }

    // MARK: Requests

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let exchange = unwrapOutboundIn(data)
        guard machine.start(limit: exchange.limit, idleTimeout: exchange.stream?.idleTimeout) else {
            promise?.fail(ChannelError.ioOnClosedChannel)
            return
        }
        self.exchange = exchange
        let timeout = HTTPClientError.timedOut(.response, limit: Duration(exchange.timeout))
        startTimer(exchange.timeout, context) { $0.fail(timeout, context) }
        promise?.succeed()
        context.write(wrapOutboundOut(.head(exchange.head)), promise: nil)
        if let body = exchange.body { context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil) }
        context.write(wrapOutboundOut(.end(nil)), promise: nil)
    }

    func triggerUserOutboundEvent(context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?) {
        switch event as? StreamEvent {
        case .demand: if machine.resume(at: context.eventLoop.now) { context.read() }
        case .idleTimeout(let timeout):
            machine.setIdleTimeout(timeout)
            checkIdleness(context)
        case nil:
            context.triggerUserOutboundEvent(event, promise: promise)
            return
        }
        promise?.succeed()
    }

    func read(context: ChannelHandlerContext) {
        if machine.mayRead() { context.read() }
    }

    // MARK: Responses

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let now = context.eventLoop.now
        switch unwrapInboundIn(data) {
        case .head(let head):
            self.head = head
            let status = Int(head.status.code)
            perform(machine.receivedHead(status: status, isKeepAlive: head.isKeepAlive, at: now), context)
        case .body(let part): perform(machine.receivedBody(count: part.readableBytes, at: now), context, part)
        case .end:
            yieldBody()
            perform(machine.receivedEnd(), context)
        }
    }

    private func perform(
        _ action: ExchangeStateMachine.Action,
        _ context: ChannelHandlerContext,
        _ part: ByteBuffer = ByteBuffer()
    ) {
        switch action {
        case .ignore: break
        case .startStream:
            checkIdleness(context)
            if let head { exchange?.promise.succeed(HTTPClientResponse(head)) }
        case .append:
            append(part)
            if !reserveMemory() { fail(.responseMemoryExhausted(limit: memory.limit), context) }
        case .yield:
            append(part)
            if let body, body.readableBytes >= Self.largestPart { yieldBody() }
        case .fail(let limit): fail(.responseTooLarge(limit: limit), context)
        case .complete(let isReusable): complete(isReusable, context)
        case .finishStream:
            endExchange()?.stream?.source.finish()
            close(context)
        case .close: close(context)
        }
    }

    private func complete(_ isReusable: Bool, _ context: ChannelHandlerContext) {
        let response = head.map { HTTPClientResponse($0, body ?? ByteBuffer(), lease) }
        let exchange = endExchange()
        if isReusable, pool.put(context.channel, madeWith: tls) {
            startTimer(idleTimeout, context) { $0.close(context) }
        } else {
            close(context)
        }
        if let response { exchange?.promise.succeed(response) }
    }

    private func append(_ part: ByteBuffer) {
        if body?.writeImmutableBuffer(part) == nil { body = part }
    }

    /// Returns whether the body may be as large as it has become.
    private func reserveMemory() -> Bool {
        guard let body, body.readableBytes > ResponseMemory.smallBody else { return true }
        let lease = lease ?? ResponseMemory.Lease(memory)
        self.lease = lease
        return lease.grow(to: body.capacity)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        yieldBody()
        context.fireChannelReadComplete()
    }

    /// Passes on what has arrived of a stream: parts that arrive together wake the reader only once.
    private func yieldBody() {
        guard let body, let stream = exchange?.stream, machine.isStreaming else { return }
        self.body = nil
        if stream.source.yield(body) == .stopProducing { machine.pause() }
    }

    // MARK: The end

    func errorCaught(context: ChannelHandlerContext, error: any Error) { fail(HTTPClientError(error), context) }

    func channelInactive(context: ChannelHandlerContext) {
        fail(.closedEarly, context)
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) { fail(.closedEarly, context) }

    private func fail(_ error: HTTPClientError, _ context: ChannelHandlerContext) {
        ready?.fail(error)
        yieldBody()
        let failure = ExchangeFailure(error: error, isBeforeResponse: machine.failed())
        let exchange = endExchange()
        exchange?.stream?.source.finish(error)
        // The promise of a stream that has begun has already been fulfilled, and ignores this.
        exchange?.promise.fail(failure)
        close(context)
    }

    /// No further request is sent on the connection, whoever closes it and however long that takes.
    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        if mode == .all {
            machine.closing()
            pool.remove(context.channel)
        }
        context.close(mode: mode, promise: promise)
    }

    private func close(_ context: ChannelHandlerContext) { close(context: context, mode: .all, promise: nil) }

    /// Returns the finished exchange, and removes all of its state.
    private func endExchange() -> Exchange? {
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

    private func checkIdleness(_ context: ChannelHandlerContext) {
        switch machine.checkIdleness(at: context.eventLoop.now) {
        case nil: break
        case .wait(let remaining): startTimer(remaining, context) { $0.checkIdleness(context) }
        case .fail(let limit): fail(.timedOut(.nextPart, limit: Duration(limit)), context)
        }
    }
}
