internal import NIOCore
internal import NIOTLS

// MARK: - From ciphertext to plaintext

extension TLSHandler {
    /// Processes what was received until nothing is left. A reentrant call leaves its data to the loop that is already
    /// running, so that the order is kept.
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
        // The channel can use the buffer for its next read if it is not referenced elsewhere.
        connection.dropReceived()
    }

    private func handshake(_ context: ChannelHandlerContext, _ connection: TLSConnection) {
        switch machine.handshakeReturned(connection.handshake()) {
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
            // Data may have come with the last message of the handshake, and OpenSSL may have read it already.
            if machine.nextInput() == .read { readRecords(context, connection) }
        }
    }

    /// Reads until OpenSSL needs more input. Data is delivered before any event that follows it.
    private func readRecords(_ context: ChannelHandlerContext, _ connection: TLSConnection) {
        var plaintext = takeUnusedBuffer(context, connection)
        while true {
            let action = machine.readReturned(connection.read(into: &plaintext))
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
                    unusedBuffer = plaintext
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
        hasOutstandingRead = false
        context.fireChannelRead(wrapInboundOut(plaintext))
    }

    private func takeUnusedBuffer(_ context: ChannelHandlerContext, _ connection: TLSConnection) -> ByteBuffer {
        defer { unusedBuffer = nil }
        if let unusedBuffer, unusedBuffer.writableBytes >= connection.unreadCiphertext { return unusedBuffer }
        return makeBuffer(context, connection)
    }

    /// Plaintext is never longer than its ciphertext, and the length of a partly read record is known exactly.
    private func makeBuffer(_ context: ChannelHandlerContext, _ connection: TLSConnection) -> ByteBuffer {
        let expected = max(connection.pendingPlaintext, min(connection.unreadCiphertext, TLSConnection.maximumRecord))
        return context.channel.allocator.buffer(capacity: max(expected, 256))
    }
}

// MARK: - From plaintext to ciphertext

extension TLSHandler {
    /// Encrypts what was flushed and writes it to the channel, as one buffer unless it is large. Does not flush the
    /// channel.
    func writeFlushed(_ context: ChannelHandlerContext) {
        guard let connection else { return }
        while machine.canEncrypt, pendingWrites.hasFlushed {
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

    /// Encrypts up to `maximumBatch` bytes. Empty writes give no record; their promises go with what is written before
    /// them.
    private func encrypt(_ connection: TLSConnection, _ promises: inout WritePromises) -> TLSError? {
        var room = Self.maximumBatch
        connection.reserveCiphertext(forPlaintext: pendingWrites.flushedBytes(limit: room))
        while room >= TLSConnection.maximumRecord, let piece = pendingWrites.nextPiece(limit: room, &promises) {
            if let error = connection.write(piece) { return error }
            room -= piece.readableBytes
        }
        return nil
    }

    /// 14 records, whose ciphertext fits in 256 KiB: the capacity of a buffer is a power of two.
    private static let maximumBatch = 14 * TLSConnection.maximumRecord
}
