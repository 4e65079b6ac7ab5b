package import NIOCore
package import NIOHTTP1

/// Carries out what `HTTPConnectionStateMachine` says. Sits behind the HTTP decoder; `ByteArrivalHandler` in front of it
/// tells when a request begins.
package final class HTTPConnectionHandler: ChannelDuplexHandler {
    package typealias InboundIn = HTTPServerRequestPart
    package typealias OutboundIn = Never
    package typealias OutboundOut = HTTPServerResponsePart

    private var machine: HTTPConnectionStateMachine
    private let responder: any HTTPResponder
    private let deadlines: HTTPDeadlines
    private let peer: () -> HTTPPeer

    /// What `timer` runs for. It is only set when a phase outlasts a read, so that a request that comes in one piece
    /// costs none.
    private var timed: Timed?
    private var timer: Scheduled<Void>?
    private var idleSince = NIODeadline.distantPast

    private struct Timed: Equatable {
        let phase: HTTPConnectionStateMachine.Phase
        /// Of the phases but idle, each request has its own.
        let request: Int
    }

    private var readIsHeld = false
    private var hasUnflushed = false
    private var isTakingPipelined = false
    /// Reads wait while the client does not take its responses.
    private var isWritable = true

    /// - Parameter peer: asked for each request, because TLS only knows when its handshake is over.
    package init(
        responder: any HTTPResponder,
        deadlines: HTTPDeadlines,
        peer: @escaping () -> HTTPPeer = { HTTPPeer() }
    ) {
        self.responder = responder
        self.peer = peer
        self.deadlines = deadlines
        machine = HTTPConnectionStateMachine()
    }

    // MARK: Channel events

    package func handlerAdded(context: ChannelHandlerContext) {
        if context.channel.isActive { startTimer(context) }
    }

    package func channelActive(context: ChannelHandlerContext) {
        startTimer(context)
        context.fireChannelActive()
    }

    func bytesReceived() { machine.bytesReceived() }

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
        settle(context)
        context.fireChannelWritabilityChanged()
    }

    package func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case is HTTPConnectionShutdown:
            carryOut(machine.shutDown(), context)
            settle(context)
        case ChannelEvent.inputClosed:
            carryOut(machine.inputClosed(), context)
            settle(context)
        default: context.fireUserInboundEventTriggered(event)
        }
    }

    package func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard error is HTTPParserError else {
            context.close(promise: nil)
            return
        }
        carryOut(machine.receivedGarbage(), context)
        settle(context)
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
            carryOut(machine.admitted(responder.admit(head, from: peer())), context)
        case .sendContinue:
            write(.head(HTTPResponseHead(version: .http1_1, status: .continue)), context)
            flush(context)
        case .process(let request):
            process(request, context)
        case .send(let response, let head, let isLast):
            responder.answering(head, with: response.status)
            send(response, to: head, isLast: isLast, context)
            carryOut(machine.responseSent(), context)
            takePipelined(context)
        case .close:
            flush(context)
            context.close(promise: nil)
        }
    }

    private func process(_ request: HTTPRequest, _ context: ChannelHandlerContext) {
        switch responder.respond(to: request, on: context.eventLoop) {
        case .now(let response):
            carryOut(machine.answered(response), context)
        case .later(let future):
            let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
            future.whenSuccess { response in
                let (handler, context) = bound.value
                handler.carryOut(handler.machine.answered(response), context)
                handler.settle(context)
            }
        }
    }

    /// Without recursion, so that a long row of pipelined requests takes no stack.
    private func takePipelined(_ context: ChannelHandlerContext) {
        guard !isTakingPipelined else { return }
        isTakingPipelined = true
        defer { isTakingPipelined = false }
        while let part = machine.nextPipelined() { carryOut(machine.received(part), context) }
    }

    private func send(
        _ response: HTTPResponse,
        to request: HTTPRequestHead,
        isLast: Bool,
        _ context: ChannelHandlerContext
    ) {
        var headers = HTTPHeaders()
        headers.add(name: "content-type", value: response.contentType)
        headers.add(name: "content-length", value: String(response.body.readableBytes))
        for header in response.headers { headers.add(name: header.name, value: header.value) }
        if isLast {
            headers.add(name: "connection", value: "close")
        } else if request.version == .http1_0 {
            headers.add(name: "connection", value: "keep-alive")
        }
        write(.head(HTTPResponseHead(version: request.version, status: response.status, headers: headers)), context)
        if request.method != .HEAD, response.body.readableBytes > 0 {
            write(.body(.byteBuffer(response.body)), context)
        }
        write(.end(nil), context)
    }

    private func write(_ part: HTTPServerResponsePart, _ context: ChannelHandlerContext) {
        hasUnflushed = true
        context.write(wrapOutboundOut(part), promise: nil)
    }

    private func flush(_ context: ChannelHandlerContext) {
        guard hasUnflushed else { return }
        hasUnflushed = false
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
        let phase = isWritable ? machine.phase : .response
        if phase == .idle { idleSince = context.eventLoop.now }
        let wanted = Timed(phase: phase, request: phase == .idle ? 0 : machine.requestCount)
        guard wanted != timed else { return }
        cancelTimer()
        guard let timeout = timeout(of: phase) else { return }
        timed = wanted
        schedule(context.eventLoop.now + timeout, context)
    }

    private func schedule(_ deadline: NIODeadline, _ context: ChannelHandlerContext) {
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        timer = context.eventLoop.scheduleTask(deadline: deadline) {
            let (handler, context) = bound.value
            handler.timerFired(context)
        }
    }

    private func timerFired(_ context: ChannelHandlerContext) {
        // Requests come and go without touching the timer of the idle phase; it asks here how long it has been.
        if timed?.phase == .idle, idleSince + deadlines.idle > context.eventLoop.now {
            schedule(idleSince + deadlines.idle, context)
            return
        }
        timer = nil
        timed = nil
        if !isWritable {
            context.close(promise: nil)
            return
        }
        carryOut(machine.deadlinePassed(), context)
        settle(context)
    }

    private func cancelTimer() {
        timer?.cancel()
        timer = nil
        timed = nil
    }

    private func timeout(of phase: HTTPConnectionStateMachine.Phase) -> TimeAmount? {
        switch phase {
        case .idle: deadlines.idle
        case .head: deadlines.head
        case .body: deadlines.body
        case .response: deadlines.response
        case .lingering: deadlines.lingering
        case .closed: nil
        }
    }
}

/// Fired into a connection that is to end as soon as its request under way, if any, is answered.
package struct HTTPConnectionShutdown: Sendable {
    package init() {}
}

/// In front of the HTTP decoder: tells the connection that a request has begun, which the decoder does not say before
/// the head is complete.
package final class ByteArrivalHandler: ChannelInboundHandler {
    package typealias InboundIn = ByteBuffer
    package typealias InboundOut = ByteBuffer

    private let connection: HTTPConnectionHandler

    package init(_ connection: HTTPConnectionHandler) { self.connection = connection }

    package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        connection.bytesReceived()
        context.fireChannelRead(data)
    }
}
