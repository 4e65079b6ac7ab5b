package import NIOCore
internal import NIOTLS

/// Encrypts and decrypts between a channel and the handlers after it. Performs the actions of `TLSStateMachine`.
///
/// - Fires `TLSUserEvent.handshakeCompleted` before the first `channelRead`.
/// - Reports each failure as a `TLSError` through `errorCaught`, and closes the channel.
/// - Reports the peer's close_notify as `ChannelEvent.inputClosed`. The pipeline may still write, and should close when
///   it is done; the handler closes after the answer timeout.
/// - `close` sends close_notify and closes the channel once the peer has answered, or after the shutdown timeout.
///   `close(mode:)` of one half is not supported. Writes that were not flushed fail, as on any channel.
/// - Nothing is read while the channel is not writable: OpenSSL answers some records by itself, and a peer that does
///   not read the answers could fill the memory with them.
package final class TLSHandler: ChannelDuplexHandler, RemovableChannelHandler {
    package typealias InboundIn = ByteBuffer
    package typealias InboundOut = ByteBuffer
    package typealias OutboundIn = ByteBuffer
    package typealias OutboundOut = ByteBuffer

    private let tlsContext: TLSContext
    private let serverName: String?
    private let handshakeTimeout: TimeAmount
    private let answerTimeout: TimeAmount
    private let shutdownTimeout: TimeAmount

    var machine = TLSStateMachine()
    /// Set from the start of the handshake until the handler is removed.
    private(set) var connection: TLSConnection?
    var pendingWrites = PendingWrites()
    /// Whether a handler above has asked for a read since plaintext was last delivered.
    var hasOutstandingRead = false
    /// Whether a read waits for the channel to become writable.
    private var hasDeferredRead = false
    /// Whether input is being processed further up the call stack.
    var isProcessing = false
    /// A buffer that was allocated for plaintext and has not been used.
    var unusedBuffer: ByteBuffer?
    private var closePromise: EventLoopPromise<Void>?
    private var timer: Scheduled<Void>?

    /// - Parameter answerTimeout: How long the pipeline may take to close after the client's close_notify.
    package init(
        serverContext: TLSContext,
        handshakeTimeout: TimeAmount = .seconds(10),
        answerTimeout: TimeAmount = .seconds(5),
        shutdownTimeout: TimeAmount = .seconds(5)
    ) {
        precondition(serverContext.role == .server, "a server needs a context made for a server")
        tlsContext = serverContext
        serverName = nil
        self.handshakeTimeout = handshakeTimeout
        self.answerTimeout = answerTimeout
        self.shutdownTimeout = shutdownTimeout
    }

    /// - Parameter serverName: The DNS name or IP address that the certificate must be issued for.
    package init(
        clientContext: TLSContext,
        serverName: String,
        handshakeTimeout: TimeAmount = .seconds(10),
        shutdownTimeout: TimeAmount = .seconds(5)
    ) {
        precondition(clientContext.role == .client, "a client needs a context made for a client")
        tlsContext = clientContext
        self.serverName = serverName
        self.handshakeTimeout = handshakeTimeout
        answerTimeout = shutdownTimeout
        self.shutdownTimeout = shutdownTimeout
    }

    // MARK: Available from the end of the handshake until the handler is removed

    package var negotiatedVersion: TLSVersion? { connection?.version }
    /// The negotiated ALPN protocol; `nil` if there is none.
    package var applicationProtocol: String? { connection?.applicationProtocol }
    /// The peer's certificate if it presented one and it was verified; parsed at each call.
    package var peerCertificate: CertificateInfo? { connection?.peerCertificate }
    /// The certificates that a server presented, its own first, whether or not they were verified; parsed at each call.
    package var peerChain: [Certificate] { connection?.peerChain ?? [] }
    package var hasPeerCertificate: Bool { connection?.hasPeerCertificate ?? false }
    /// Whether a record has been received only in part.
    package var isWithinRecord: Bool { connection?.isWithinRecord ?? false }

    // MARK: Start

    package func handlerAdded(context: ChannelHandlerContext) {
        if context.channel.isActive { start(context) }
    }

    package func channelActive(context: ChannelHandlerContext) {
        context.fireChannelActive()
        start(context)
    }

    private func start(_ context: ChannelHandlerContext) {
        guard machine.start() else { return }
        do {
            connection = try TLSConnection(context: tlsContext, serverName: serverName)
        } catch {
            if case .fail(let error) = machine.handshakeReturned(.failed(error)) { fail(context, error) }
            return
        }
        setTimer(context, handshakeTimeout)
        processInput(context)
        if machine.needsInput { requestRead(context) }
    }

    // MARK: Input

    package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        connection?.receive(unwrapInboundIn(data))
        processInput(context)
    }

    package func channelReadComplete(context: ChannelHandlerContext) {
        unusedBuffer = nil
        if hasOutstandingRead || machine.needsInput { requestRead(context) }
        context.fireChannelReadComplete()
    }

    package func read(context: ChannelHandlerContext) {
        hasOutstandingRead = true
        requestRead(context)
    }

    private func requestRead(_ context: ChannelHandlerContext) {
        hasDeferredRead = !context.channel.isWritable
        if !hasDeferredRead { context.read() }
    }

    package func channelWritabilityChanged(context: ChannelHandlerContext) {
        if hasDeferredRead { requestRead(context) }
        context.fireChannelWritabilityChanged()
    }

    // MARK: Output

    package func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard machine.acceptsWrites else {
            promise?.fail(ChannelError.ioOnClosedChannel)
            return
        }
        pendingWrites.append(unwrapOutboundIn(data), promise: promise)
    }

    package func flush(context: ChannelHandlerContext) {
        pendingWrites.flush()
        writeFlushed(context)
        context.flush()
    }

    package func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        guard mode == .all else {
            promise?.fail(ChannelError.operationUnsupported)
            return
        }
        let action = machine.close()
        closePromise.setOrCascade(to: promise)
        pendingWrites.removeAll().fail(ChannelError.ioOnClosedChannel)
        switch action {
        case .closeChannel: closeChannel(context)
        case .sendCloseNotify: sendCloseNotify(context)
        case .wait: break
        }
    }

    // MARK: End

    package func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard case ChannelEvent.inputClosed = event else {
            context.fireUserInboundEventTriggered(event)
            return
        }
        switch machine.halfClosed() {
        case .forward: context.fireUserInboundEventTriggered(event)
        case .ignore: break
        case .fail(let error): fail(context, error)
        case .closeChannel: closeChannel(context)
        }
    }

    package func channelInactive(context: ChannelHandlerContext) {
        let error = machine.channelInactive()
        tearDown(error ?? ChannelError.ioOnClosedChannel)
        if let error { context.fireErrorCaught(error) }
        context.fireChannelInactive()
    }

    package func handlerRemoved(context: ChannelHandlerContext) {
        if machine.removed() {
            context.channel.close(promise: closePromise)
            closePromise = nil
        }
        tearDown(ChannelError.ioOnClosedChannel)
        connection = nil
    }

    private func tearDown(_ error: any Error) {
        timer?.cancel()
        timer = nil
        unusedBuffer = nil
        pendingWrites.removeAll().fail(error)
        let promise = closePromise
        closePromise = nil
        promise?.succeed()
    }
}

// MARK: - Actions

extension TLSHandler {
    /// Reports an error after which the machine is closed. The pending ciphertext may be an alert that tells the peer
    /// why.
    func fail(_ context: ChannelHandlerContext, _ error: TLSError) {
        sendCiphertext(context)
        pendingWrites.removeAll().fail(error)
        context.fireErrorCaught(error)
        closeChannel(context)
    }

    func sendCiphertext(_ context: ChannelHandlerContext) {
        guard let ciphertext = connection?.takeCiphertext() else { return }
        context.writeAndFlush(wrapOutboundOut(ciphertext), promise: nil)
    }

    func sendCloseNotify(_ context: ChannelHandlerContext) {
        connection?.shutdown()
        setTimer(context, shutdownTimeout)
        let written = context.eventLoop.makePromise(of: Void.self)
        // If the write fails, the channel becomes inactive.
        written.futureResult.assumeIsolated().whenSuccess {
            if self.machine.closeNotifyWritten() { self.closeChannel(context) }
        }
        context.writeAndFlush(wrapOutboundOut(connection?.takeCiphertext() ?? ByteBuffer()), promise: written)
        if machine.needsInput { requestRead(context) }
    }

    /// Closes the channel without sending anything more.
    func closeChannel(_ context: ChannelHandlerContext) {
        cancelTimer()
        let promise = closePromise
        closePromise = nil
        context.close(promise: promise)
    }

    func announceInputClosed(_ context: ChannelHandlerContext) {
        guard machine.isInputClosed else { return }
        setTimer(context, answerTimeout)
        context.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
    }

    func cancelTimer() {
        timer?.cancel()
        timer = nil
    }

    /// A single timer serves for the handshake, the answer and the shutdown, which never overlap.
    private func setTimer(_ context: ChannelHandlerContext, _ amount: TimeAmount) {
        timer?.cancel()
        timer = context.eventLoop.assumeIsolated().scheduleTask(in: amount) { self.timedOut(context) }
    }

    private func timedOut(_ context: ChannelHandlerContext) {
        timer = nil
        switch machine.timedOut() {
        case .nothing: break
        case .fail(let error): fail(context, error)
        case .sendCloseNotify: sendCloseNotify(context)
        case .closeChannel: closeChannel(context)
        }
    }
}
