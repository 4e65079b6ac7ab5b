internal import NIOCore
internal import NIOTLS

// MARK: - From ciphertext to plaintext

extension TLSHandler {
    /// Works on what was received until there is nothing left. A call from within a callout only leaves its data for the
    /// loop that is running already, so that nothing overtakes.
    func processInput(_ context: ChannelHandlerContext) {
        guard !isProcessing, let connection else { return }
        isProcessing = true
        defer { isProcessing = false }
        repeat {
            switch machine.nextInput() {
            case .handshake: handshake(context, connection)
            case .read: readRecords(context, connection)
            case .drop: connection.dropReceived()
            }
        } while connection.unreadCiphertext > 0
        // The channel can use the buffer for its next read if nobody else holds it.
        connection.dropReceived()
    }

    private func handshake(_ context: ChannelHandlerContext, _ connection: TLSConnection) {
        switch machine.handshakeStepped(connection.handshake()) {
        case .wait:
            sendCiphertext(context)
        case .fail(let error):
            fail(context, error)
        case .complete:
            cancelTimer()
            if let ciphertext = connection.takeCiphertext() {
                context.write(wrapOutboundOut(ciphertext), promise: nil)
            }
            if machine.isActive {
                let negotiated = TLSUserEvent.handshakeCompleted(negotiatedProtocol: connection.applicationProtocol)
                context.fireUserInboundEventTriggered(negotiated)
            }
            writeFlushed(context)
            context.flush()
            // Data may have come with the last message of the handshake and be in OpenSSL's hands already.
            if machine.nextInput() == .read { readRecords(context, connection) }
        }
    }

    /// Reads until OpenSSL wants more. Delivers the data before anything else that it came with.
    private func readRecords(_ context: ChannelHandlerContext, _ connection: TLSConnection) {
        var plaintext = takeSpare(context, connection)
        while true {
            let action = machine.readStepped(connection.read(into: &plaintext))
            switch action {
            case .deliver:
                guard plaintext.writableBytes == 0 else { continue }
                deliver(context, plaintext)
                plaintext = makeBuffer(context, connection)
            case .proceed:
                continue
            case .discard:
                plaintext.clear()
            case .wait, .announceInputClosed, .closeChannel, .fail:
                if plaintext.readableBytes > 0 {
                    deliver(context, plaintext)
                } else {
                    spare = plaintext
                }
                finishReading(context, action)
                return
            }
        }
    }

    private func finishReading(_ context: ChannelHandlerContext, _ action: TLSStateMachine.ReadAction) {
        switch action {
        case .deliver, .proceed, .discard: break
        case .wait: sendCiphertext(context)
        case .announceInputClosed: announceInputClosed(context)
        case .closeChannel: closeChannel(context)
        case .fail(let error): fail(context, error)
        }
    }

    private func deliver(_ context: ChannelHandlerContext, _ plaintext: ByteBuffer) {
        readIsDue = false
        context.fireChannelRead(wrapInboundOut(plaintext))
    }

    private func takeSpare(_ context: ChannelHandlerContext, _ connection: TLSConnection) -> ByteBuffer {
        defer { spare = nil }
        if let spare, spare.writableBytes >= connection.unreadCiphertext { return spare }
        return makeBuffer(context, connection)
    }

    /// Plaintext is never longer than its ciphertext; what is left of a record is known exactly.
    private func makeBuffer(_ context: ChannelHandlerContext, _ connection: TLSConnection) -> ByteBuffer {
        let expected = max(connection.pendingPlaintext, min(connection.unreadCiphertext, TLSConnection.maximumRecord))
        return context.channel.allocator.buffer(capacity: max(expected, 256))
    }
}

// MARK: - From plaintext to ciphertext

extension TLSHandler {
    /// Encrypts what is flushed and writes it to the channel, in one piece unless it is large. Does not flush the channel.
    func writeFlushed(_ context: ChannelHandlerContext) {
        guard let connection else { return }
        while machine.mayEncrypt, pendingWrites.hasFlushed {
            var promises = WritePromises()
            if let error = encrypt(connection, &promises) {
                guard machine.writeFailed() else { return promises.fail(error) }
                promises.fail(error)
                return fail(context, error)
            }
            let ciphertext = connection.takeCiphertext() ?? ByteBuffer()
            context.write(wrapOutboundOut(ciphertext), promise: promises.combined(on: context.eventLoop))
        }
    }

    /// Encrypts up to `batch` bytes. Empty writes give no record: their promises go with what is written before them.
    private func encrypt(_ connection: TLSConnection, _ promises: inout WritePromises) -> TLSError? {
        var room = Self.batch
        connection.reserveCiphertext(forPlaintext: pendingWrites.flushedBytes(limit: room))
        while room >= TLSConnection.maximumRecord, let piece = pendingWrites.nextPiece(limit: room, &promises) {
            if let error = connection.write(piece) { return error }
            room -= piece.readableBytes
        }
        return nil
    }

    /// 14 records: their ciphertext fits in 256 KiB, a buffer's capacity being a power of two.
    private static let batch = 14 * TLSConnection.maximumRecord
}
