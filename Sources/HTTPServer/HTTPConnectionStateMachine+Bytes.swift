internal import NIOCore

/// Handles what the client sends as long as NIO's decoder is not needed: heads that `RequestHeadParser` has read, and
/// bodies with a declared length.
extension HTTPConnectionStateMachine {
    /// The kind of the next bytes.
    enum Expectation {
        case head
        case body
        /// They belong to a request that must wait for the response in progress.
        case pipelined
        /// They are not wanted.
        case nothing
    }

    var expectation: Expectation {
        switch state {
        case .handshaking, .idle, .receivingHead: .head
        case .receivingBody: .body
        case .responding(let exchange): exchange.isLast ? .nothing : .pipelined
        case .screening, .reserving, .lingering, .closed: .nothing
        }
    }

    /// Takes the part that belongs to the body from the start of these bytes.
    mutating func receivedBody(_ bytes: inout ByteBuffer) -> Action {
        guard case .receivingBody(var body) = state, let missing = body.missing else { return .none }
        // This leaves `body` as the only owner of the buffer.
        state = .idle
        if bytes.readableBytes == missing, body.buffer.readableBytes == 0, canKeep(bytes) {
            body.missing = 0
            swap(&body.buffer, &bytes)
            return extended(body)
        }
        guard let piece = bytes.readSlice(length: min(missing, bytes.readableBytes)) else { return .none }
        body.missing = missing - piece.readableBytes
        if body.buffer.capacity == 0 { body.buffer = makeBodyBuffer(missing) }
        return append(piece, to: &body)
    }

    /// Whether the buffer is as good as one that was allocated for the body: it has room after its end, and takes up no
    /// more memory.
    private func canKeep(_ bytes: ByteBuffer) -> Bool {
        bytes.writableBytes >= limits.bodyPadding && bytes.storageCapacity <= 64 * 1024
    }

    /// Must be called when the client will send no more, which cuts off an incomplete body.
    mutating func bytesEnded() -> Action {
        guard case .receivingBody(let body) = state, body.missing != nil else { return .none }
        return decodingFailed()
    }
}
