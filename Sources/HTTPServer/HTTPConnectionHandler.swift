package import NIOCore
package import NIOHTTP1
internal import NIOOpenSSL
internal import NIOTLS

/// Carries out what `HTTPConnectionStateMachine` says. Sits behind the HTTP decoder; `ByteArrivalHandler` in front of it
/// tells when a request begins.
package final class HTTPConnectionHandler: ChannelDuplexHandler {
    package typealias InboundIn = HTTPServerRequestPart
    package typealias OutboundIn = Never
    package typealias OutboundOut = ByteBuffer

    private var machine: HTTPConnectionStateMachine
    private let responder: any HTTPResponder
    /// Nil for a connection on its own.
    private let slot: HTTPConnectionSlot?
    private let peer: () -> HTTPPeer
    private let isWithinRecord: () -> Bool

    private var clock: HTTPConnectionClock
    private var timer: Scheduled<Void>?
    private var isHandshaking: Bool
    private var hasAnswered = false
    private var knownPeer: HTTPPeer?

    private var readIsHeld = false
    private var unflushed = 0
    private var hasReservation = false
    /// A response is sent, and the client has not taken enough of it.
    private var isResponseWaiting = false
    private var isTakingPipelined = false
    /// Reads wait while the client does not take its responses.
    private var isWritable = true

    /// - Parameters:
    ///   - isEncrypted: whether a handshake comes first.
    ///   - peer: asked once, with the first request, because TLS only knows when its handshake is over.
    ///   - isWithinRecord: whether bytes have come that TLS cannot make anything of before more come.
    package init(
        responder: any HTTPResponder,
        limits: HTTPLimits,
        slot: HTTPConnectionSlot? = nil,
        isEncrypted: Bool = false,
        peer: @escaping () -> HTTPPeer = { HTTPPeer() },
        isWithinRecord: @escaping () -> Bool = { false }
    ) {
        self.responder = responder
        self.peer = peer
        self.isWithinRecord = isWithinRecord
        self.slot = slot
        clock = HTTPConnectionClock(limits.deadlines)
        isHandshaking = isEncrypted
        machine = HTTPConnectionStateMachine()
    }

    /// With all that HTTP/1.1 needs around it.
    package func add(to pipeline: ChannelPipeline.SynchronousOperations) throws {
        let decoder = HTTPRequestDecoder(leftOverBytesStrategy: .dropBytes, limitConfiguration: HTTPLimits.headers)
        try pipeline.addHandlers([ByteArrivalHandler(self), ByteToMessageHandler(decoder), self])
    }

    // MARK: Channel events

    package func handlerAdded(context: ChannelHandlerContext) {
        if context.channel.isActive { startTimer(context) }
    }

    package func channelActive(context: ChannelHandlerContext) {
        startTimer(context)
        context.fireChannelActive()
    }

    func bytesReceived() -> Bool { machine.bytesReceived() }

    package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        carryOut(machine.received(unwrapInboundIn(data)), context)
    }

    package func channelReadComplete(context: ChannelHandlerContext) {
        settle(context)
    }

    package func read(context: ChannelHandlerContext) {
        if machine.wantsRead && isWritable {
            context.read()
        } else {
            readIsHeld = true
        }
    }

    package func channelWritabilityChanged(context: ChannelHandlerContext) {
        isWritable = context.channel.isWritable
        if isResponseWaiting, isWritable {
            isResponseWaiting = false
            responseTaken(context)
        }
        settle(context)
        context.fireChannelWritabilityChanged()
    }

    package func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case HTTPConnectionShutdown.withNextAnswer: machine.drain()
        case HTTPConnectionShutdown.now:
            carryOut(machine.shutDown(), context)
            settle(context)
        case let expelled as HTTPConnectionExpelled: expel(expelled, context)
        case ChannelEvent.inputClosed:
            carryOut(machine.inputClosed(), context)
            settle(context)
        case TLSUserEvent.handshakeCompleted:
            isHandshaking = false
            clock.restart()
            startTimer(context)
            context.fireUserInboundEventTriggered(event)
        default: context.fireUserInboundEventTriggered(event)
        }
    }

    package func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // Of bytes behind others that were not understood, which have been answered or will be.
        guard !(error is ByteToMessageDecoderError) else { return }
        switch error {
        case HTTPParserError.headerOverflow:
            slot?.reached(.headers)
            carryOut(machine.receivedGarbage(.headersTooLarge), context)
        case is HTTPParserError: carryOut(machine.receivedGarbage(), context)
        case TLSError.tooManyRecordsWithoutData, TLSError.renegotiation:
            slot?.reached(.tlsRecords)
            context.close(promise: nil)
        default: context.close(promise: nil)
        }
        settle(context)
    }

    private func expel(_ reason: HTTPConnectionExpelled, _ context: ChannelHandlerContext) {
        switch reason {
        case .forConnection where machine.phase == .response && !isResponseWaiting:
            // A request came at the same moment; it is answered, and is the last one.
            carryOut(machine.shutDown(), context)
            settle(context)
        case .forConnection, .forOthersWhileAnswering: abort(context)
        case .forMemory where machine.phase == .body:
            slot?.reached(.bufferedBytes)
            carryOut(machine.expelledFromMemory(), context)
            settle(context)
        case .forMemory where isResponseWaiting:
            slot?.reached(.bufferedBytes)
            abort(context)
        case .forMemory: break
        }
    }

    /// Closes the socket without a goodbye, which would wait for the client's.
    private func abort(_ context: ChannelHandlerContext) {
        let tls = try? context.pipeline.syncOperations.context(handlerType: TLSHandler.self)
        (tls ?? context).close(promise: nil)
    }

    package func channelInactive(context: ChannelHandlerContext) {
        machine.connectionClosed()
        cancelTimer()
        context.fireChannelInactive()
    }

    package func handlerRemoved(context: ChannelHandlerContext) { cancelTimer() }

    // MARK: Actions

    private func carryOut(_ action: HTTPConnectionStateMachine.Action, _ context: ChannelHandlerContext) {
        switch action {
        case .none: return
        case .admit(let head):
            let peer = knownPeer ?? peer()
            knownPeer = peer
            carryOut(machine.admitted(responder.screen(head, from: peer)), context)
        case .sendContinue:
            write(ByteBuffer(staticString: "HTTP/1.1 100 Continue\r\n\r\n"), context)
            flush(context)
        case .reserve(let bytes):
            carryOut(machine.reserved(reserve(bytes)), context)
        case .process(let request):
            process(request, context)
        case .reached(let limit): slot?.reached(limit)
        case .send(let response, let head, let isLast):
            release()
            answer(memory(for: response), to: head, isLast: isLast, context)
        case .close:
            flush(context)
            context.close(promise: nil)
        }
    }

    private func reserve(_ bytes: Int) -> Bool {
        guard let slot else { return true }
        hasReservation = true
        let isGranted = slot.reserve(bytes)
        if !isGranted { slot.reached(.bufferedBytes) }
        return isGranted
    }

    private func release() {
        guard hasReservation else { return }
        hasReservation = false
        slot?.release()
    }

    /// A long answer needs memory until the client has taken it; where there is none, a short one takes its place.
    private func memory(for response: HTTPResponse) -> HTTPResponse {
        let bytes = response.body.readableBytes
        return bytes <= HTTPLimits.freeBody || reserve(bytes) ? response : .overloaded
    }

    private func answer(
        _ response: HTTPResponse,
        to head: HTTPRequestHead,
        isLast: Bool,
        _ context: ChannelHandlerContext
    ) {
        responder.answering(head, with: response.status)
        if response.status == .payloadTooLarge { slot?.reached(.bodySize) }
        let (start, rest) = response.encoded(to: head, isLast: isLast, context.channel.allocator)
        write(start, context)
        if let rest { write(rest, context) }
        // What the client does not take must not be answered with more.
        if unflushed > 32 * 1024 { flush(context) }
        isResponseWaiting = !isWritable
        if isResponseWaiting {
            slot?.note(.sending, isEstablished: hasAnswered, since: context.eventLoop.now)
        } else {
            responseTaken(context)
        }
    }

    private func process(_ request: HTTPRequest, _ context: ChannelHandlerContext) {
        switch responder.respond(to: request, on: context.eventLoop) {
        case .immediate(let response):
            carryOut(machine.answered(response), context)
        case .deferred(let future):
            let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
            future.whenSuccess { response in
                let (handler, context) = bound.value
                handler.carryOut(handler.machine.answered(response), context)
                handler.settle(context)
            }
        }
    }

    private func responseTaken(_ context: ChannelHandlerContext) {
        release()
        carryOut(machine.responseSent(), context)
        takePipelined(context)
    }

    /// Without recursion, so that a long row of pipelined requests takes no stack.
    private func takePipelined(_ context: ChannelHandlerContext) {
        guard !isTakingPipelined else { return }
        isTakingPipelined = true
        defer { isTakingPipelined = false }
        while let part = machine.nextPipelined() { carryOut(machine.received(part), context) }
    }

    private func write(_ bytes: ByteBuffer, _ context: ChannelHandlerContext) {
        unflushed += bytes.readableBytes
        context.write(wrapOutboundOut(bytes), promise: nil)
    }

    private func flush(_ context: ChannelHandlerContext) {
        guard unflushed > 0 else { return }
        unflushed = 0
        context.flush()
    }

    /// After whatever happened: send what was written, read on, and mind the time.
    private func settle(_ context: ChannelHandlerContext) {
        flush(context)
        if readIsHeld, machine.wantsRead, isWritable {
            readIsHeld = false
            context.read()
        }
        startTimer(context)
    }

    // MARK: Deadlines

    private func startTimer(_ context: ChannelHandlerContext) {
        let change = clock.entered(
            machine.phase,
            request: machine.requestCount,
            isWithinRecord: !isHandshaking && isWithinRecord()
        ) { context.eventLoop.now }
        guard let change else { return }
        note(since: change.since)
        guard change.timer != .keep else { return }
        cancelTimer()
        if case .set(let deadline) = change.timer { schedule(deadline, context) }
    }

    /// Tells others what this connection does.
    private func note(since now: NIODeadline) {
        let activity: HTTPConnectionSlot.Activity
        switch machine.phase {
        case .idle:
            activity = isHandshaking ? .arriving : .idle
            hasAnswered = machine.requestCount > 0
        case .head: activity = .arriving
        case .body: activity = .receivingBody
        case .response: activity = isResponseWaiting ? .sending : .answering
        case .lingering, .closed: activity = .sending
        }
        slot?.note(activity, isEstablished: hasAnswered, since: now)
    }

    private func schedule(_ deadline: NIODeadline, _ context: ChannelHandlerContext) {
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        timer = context.eventLoop.scheduleTask(deadline: deadline) {
            let (handler, context) = bound.value
            handler.timerFired(context)
        }
    }

    private func timerFired(_ context: ChannelHandlerContext) {
        timer = nil
        switch clock.fired(machine.phase, now: context.eventLoop.now) {
        case .wait(let deadline):
            schedule(deadline, context)
        case .tooLong(let limit):
            if let limit { slot?.reached(limit) }
            guard !isResponseWaiting else { return abort(context) }
            carryOut(machine.deadlinePassed(), context)
            settle(context)
        }
    }

    private func cancelTimer() {
        timer?.cancel()
        timer = nil
    }
}
