package import NIOCore
package import NIOHTTP1
internal import NIOOpenSSL
internal import NIOTLS

/// Tells `HTTPConnectionStateMachine` what happens, and performs the actions that it returns. It parses requests itself
/// as long as they have the usual form. At the first one that does not, it inserts NIO's decoder in front of itself,
/// which parses the rest of the connection: no bytes are parsed by both.
package final class HTTPConnectionHandler: ChannelDuplexHandler {
    package typealias InboundIn = HTTPServerRequestPart
    package typealias OutboundIn = Never
    package typealias OutboundOut = ByteBuffer

    private var machine: HTTPConnectionStateMachine
    private let responder: any HTTPResponder
    private let registration: HTTPConnectionRegistration?
    private let findPeer: () -> HTTPPeer
    private lazy var peer = findPeer()
    private let isWithinRecord: () -> Bool

    /// Whether NIO's decoder parses the requests, starting with the first one that `RequestHeadParser` does not read.
    private var isDecoded = false
    private var timer: Scheduled<Void>?
    private var unflushedBytes = 0
    private var isTakingPipelined = false

    /// - Parameters:
    ///   - registration: Nil for a connection that does not share a server with others.
    ///   - isEncrypted: Whether a handshake comes first.
    ///   - peer: Called once, with the first request, because TLS knows the peer only after its handshake.
    ///   - isWithinRecord: Whether the client has sent a part of a TLS record, which TLS cannot decrypt until the rest
    ///     arrives.
    package init(
        responder: any HTTPResponder,
        limits: HTTPLimits,
        registration: HTTPConnectionRegistration? = nil,
        isEncrypted: Bool = false,
        peer: @escaping () -> HTTPPeer = { HTTPPeer() },
        isWithinRecord: @escaping () -> Bool = { false }
    ) {
        self.responder = responder
        self.registration = registration
        findPeer = peer
        self.isWithinRecord = isWithinRecord
        machine = HTTPConnectionStateMachine(limits: limits, isEncrypted: isEncrypted)
    }

    package func add(to pipeline: ChannelPipeline.SynchronousOperations) throws { try pipeline.addHandler(self) }

    // MARK: Channel events

    package func handlerAdded(context: ChannelHandlerContext) {
        if context.channel.isActive { updateTimer(context) }
    }

    package func channelActive(context: ChannelHandlerContext) {
        updateTimer(context)
        context.fireChannelActive()
    }

    func bytesReceived() -> Bool { machine.bytesReceived() }

    package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard isDecoded else { return receive(ByteArrivalHandler.unwrapInboundIn(data), context) }
        perform(machine.received(unwrapInboundIn(data)), context)
    }

    package func channelReadComplete(context: ChannelHandlerContext) { flushAndResume(context) }

    package func read(context: ChannelHandlerContext) {
        if machine.readRequested() { context.read() }
    }

    package func channelWritabilityChanged(context: ChannelHandlerContext) {
        perform(machine.writabilityChanged(to: context.channel.isWritable), context)
        takePipelined(context)
        // A client that resumes reading its response may have a pipelined request answered without a change of phase.
        publishActivity(since: context.eventLoop.now)
        flushAndResume(context)
        context.fireChannelWritabilityChanged()
    }

    package func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case HTTPConnectionShutdown.withNextResponse: machine.drain()
        case HTTPConnectionShutdown.now: finish(machine.shutDown(), context)
        case let eviction as HTTPConnectionEviction: finish(machine.evicted(eviction), context)
        case ChannelEvent.inputClosed:
            perform(machine.bytesEnded(), context)
            finish(machine.inputClosed(), context)
        case TLSUserEvent.handshakeCompleted:
            machine.handshakeCompleted()
            updateTimer(context)
            context.fireUserInboundEventTriggered(event)
        default: context.fireUserInboundEventTriggered(event)
        }
    }

    package func errorCaught(context: ChannelHandlerContext, error: any Error) {
        switch error {
        // This is about bytes that follow ones that could not be decoded, which have been or will be answered.
        case is ByteToMessageDecoderError: return
        case HTTPParserError.headerOverflow:
            perform(.limitReached(.headers, then: machine.decodingFailed(.headersTooLarge)), context)
        case is HTTPParserError: perform(machine.decodingFailed(), context)
        case TLSError.tooManyRecordsWithoutData, TLSError.renegotiation:
            registration?.limitReached(.tlsRecords)
            context.close(promise: nil)
        default: context.close(promise: nil)
        }
        flushAndResume(context)
    }

    package func channelInactive(context: ChannelHandlerContext) {
        perform(machine.bytesEnded(), context)
        machine.connectionClosed()
        cancelTimer()
        context.fireChannelInactive()
    }

    package func handlerRemoved(context: ChannelHandlerContext) { cancelTimer() }

    // MARK: Bytes

    /// Takes requests from the bytes, as long as that needs no decoder.
    private func receive(_ bytes: ByteBuffer, _ context: ChannelHandlerContext) {
        var bytes = bytes
        guard machine.bytesReceived() else { return }
        while bytes.readableBytes > 0 {
            switch machine.expectation {
            case .head:
                guard let (head, length) = bytes.withUnsafeReadableBytes(RequestHeadParser.parse) else {
                    return decode(bytes, context)
                }
                bytes.moveReaderIndex(forwardBy: length)
                perform(machine.screen(head, isDecoded: false), context)
            case .body: perform(machine.receivedBody(&bytes), context)
            case .pipelined: return decode(bytes, context)
            case .nothing: return
            }
        }
    }

    /// Leaves these bytes, which begin with a request, and all bytes after them to NIO's decoder.
    private func decode(_ bytes: ByteBuffer, _ context: ChannelHandlerContext) {
        isDecoded = true
        let decoder = HTTPRequestDecoder(leftOverBytesStrategy: .dropBytes, limitConfiguration: HTTPLimits.headers)
        let front = ByteArrivalHandler(self)
        do {
            let pipeline = context.pipeline.syncOperations
            try pipeline.addHandlers([front, ByteToMessageHandler(decoder)], position: .before(self))
            front.decode(bytes)
        } catch {
            context.close(promise: nil)
        }
    }

    // MARK: Actions

    private func perform(_ action: HTTPConnectionStateMachine.Action, _ context: ChannelHandlerContext) {
        switch action {
        case .none: return
        case .screen(let head): perform(machine.screened(responder.screen(head, from: peer)), context)
        case .sendContinue:
            write(ByteBuffer(staticString: "HTTP/1.1 100 Continue\r\n\r\n"), context)
            flush(context)
        case .reserve(let bytes): perform(machine.reserved(registration?.reserve(bytes) ?? true), context)
        case .release(let next):
            registration?.release()
            perform(next, context)
        case .process(let request): process(request, context)
        case .send(let response, let head, let isLast):
            send(response, to: head, isLast: isLast, context)
            perform(machine.responseWritten(), context)
            takePipelined(context)
        case .publishActivity: publishActivity(since: context.eventLoop.now)
        case .limitReached(let limit, let next):
            registration?.limitReached(limit)
            perform(next, context)
        case .schedule(let deadline): schedule(deadline, context)
        case .close:
            flush(context)
            context.close(promise: nil)
        case .abort:
            let tls = try? context.pipeline.syncOperations.context(handlerType: TLSHandler.self)
            (tls ?? context).close(promise: nil)
        }
    }

    /// Performs the action that an event leads to, and ends the handling of the event.
    private func finish(_ action: HTTPConnectionStateMachine.Action, _ context: ChannelHandlerContext) {
        perform(action, context)
        flushAndResume(context)
    }

    private func process(_ request: HTTPRequest, _ context: ChannelHandlerContext) {
        switch responder.respond(to: request, on: context.eventLoop) {
        case .immediate(let response): perform(machine.answered(response), context)
        case .deferred(let future):
            let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
            future.whenSuccess { response in
                let (handler, context) = bound.value
                handler.finish(handler.machine.answered(response), context)
            }
        }
    }

    private func send(
        _ response: HTTPResponse,
        to head: RequestHead,
        isLast: Bool,
        _ context: ChannelHandlerContext
    ) {
        responder.answering(head, with: response.status)
        let (start, rest) = response.encoded(to: head, isLast: isLast, context.channel.allocator)
        write(start, context)
        if let rest { write(rest, context) }
        // Only a flush shows whether the client is reading; if it is not, it must not be sent more.
        if unflushedBytes > 32 * 1024 { flush(context) }
    }

    /// Loops instead of recursing when responses are available at once, so that a long series of pipelined requests
    /// does not use up the stack.
    private func takePipelined(_ context: ChannelHandlerContext) {
        guard !isTakingPipelined else { return }
        isTakingPipelined = true
        defer { isTakingPipelined = false }
        while let part = machine.nextPipelined() { perform(machine.received(part), context) }
    }

    private func write(_ bytes: ByteBuffer, _ context: ChannelHandlerContext) {
        unflushedBytes += bytes.readableBytes
        context.write(wrapOutboundOut(bytes), promise: nil)
    }

    private func flush(_ context: ChannelHandlerContext) {
        guard unflushedBytes > 0 else { return }
        unflushedBytes = 0
        context.flush()
    }

    /// Ends the handling of an event: sends what was written, resumes reading, and sets the timer.
    private func flushAndResume(_ context: ChannelHandlerContext) {
        flush(context)
        if machine.resumeRead() { context.read() }
        updateTimer(context)
    }

    // MARK: Time

    private func updateTimer(_ context: ChannelHandlerContext) {
        let change = machine.phaseChange(isWithinRecord: isWithinRecord()) { context.eventLoop.now }
        guard let change else { return }
        publishActivity(since: change.since)
        switch change.timer {
        case .keep: break
        case .cancel: cancelTimer()
        case .set(let deadline): schedule(deadline, context)
        }
    }

    private func publishActivity(since: NIODeadline) {
        registration?.update(
            HTTPConnectionStatus(activity: machine.activity, isEstablished: machine.isEstablished, since: since)
        )
    }

    private func schedule(_ deadline: NIODeadline, _ context: ChannelHandlerContext) {
        cancelTimer()
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        timer = context.eventLoop.scheduleTask(deadline: deadline) {
            let (handler, context) = bound.value
            handler.timer = nil
            handler.finish(handler.machine.timerFired(now: context.eventLoop.now), context)
        }
    }

    private func cancelTimer() {
        timer?.cancel()
        timer = nil
    }
}
