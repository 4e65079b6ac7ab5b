internal import NIOCore

/// The states of a TLS connection, without I/O: events go in, actions come out. The state changes before the caller
/// acts, since its actions may lead to further events.
struct TLSStateMachine {
    private enum State: Equatable {
        /// The channel is not active.
        case idle
        case handshaking
        case active
        /// The peer's close_notify has been received. We may still write.
        case inputClosed
        /// Our close_notify has been written. The channel is closed when neither the end of our own writes nor the
        /// peer's close_notify is awaited.
        case closing(waitsForWrite: Bool, waitsForPeer: Bool)
        case closed
    }

    private var state = State.idle
    /// The number during the handshake; afterwards, by how much it exceeds the number of records with data.
    private var recordsWithoutData = 0

    /// A few more than a certificate chain of 100 KiB, OpenSSL's limit, takes in records of 1 KiB.
    static let maximumHandshakeRecords = 128
    /// The most in a row; after that, each must be matched by a record with data. A peer has no reason to send more
    /// than a few, and they cost more than those with data: new keys, and an answer.
    static let maximumRecordsWithoutData = 32
}

// MARK: - Input

extension TLSStateMachine {
    enum InputAction: Equatable {
        case handshake
        case read
        /// Discard what was received.
        case drop
    }

    enum HandshakeAction: Equatable {
        case wait
        /// Announce that the handshake is complete, write what waited for it, and read.
        case complete
        case fail(TLSError)
    }

    enum ReadAction: Equatable {
        case deliver
        /// Read the next record.
        case proceed
        /// Discard the plaintext, because the pipeline has closed.
        case discard
        case wait
        /// Tell the pipeline that no more data will come, and give it time to close.
        case announceInputClosed
        case closeChannel
        case fail(TLSError)
    }

    /// - Returns: Whether to begin the handshake and its timer.
    mutating func start() -> Bool {
        guard state == .idle else { return false }
        state = .handshaking
        return true
    }

    /// What to do with received ciphertext.
    func nextInput() -> InputAction {
        switch state {
        case .handshaking: .handshake
        case .active, .closing(_, waitsForPeer: true): .read
        case .idle, .inputClosed, .closing, .closed: .drop
        }
    }

    /// Whether the channel must be read even if no handler above has asked for it.
    var needsInput: Bool {
        switch state {
        case .handshaking, .closing(_, waitsForPeer: true): true
        case .idle, .active, .inputClosed, .closing, .closed: false
        }
    }

    mutating func handshakeReturned(_ result: TLSConnection.HandshakeResult) -> HandshakeAction {
        guard state == .handshaking else { return .wait }
        switch result {
        case .wantsInput:
            return .wait
        case .record:
            recordsWithoutData += 1
            guard recordsWithoutData > Self.maximumHandshakeRecords else { return .wait }
            state = .closed
            return .fail(.handshakeFailed(reason: "it took more than \(Self.maximumHandshakeRecords) records"))
        case .complete:
            recordsWithoutData = 0
            state = .active
            return .complete
        case .failed(let error):
            state = .closed
            return .fail(error)
        }
    }

    mutating func readReturned(_ result: TLSConnection.ReadResult) -> ReadAction {
        switch (state, result) {
        case (_, .record):
            return recordWithoutData()
        case (.active, .bytes):
            recordsWithoutData = max(0, recordsWithoutData - 1)
            return .deliver
        case (_, .bytes):
            recordsWithoutData = max(0, recordsWithoutData - 1)
            return .discard
        case (.active, .closed):
            state = .inputClosed
            return .announceInputClosed
        case (.active, .failed(let error)):
            state = .closed
            return .fail(error)
        case (.closing(let waitsForWrite, waitsForPeer: true), .closed):
            return stopWaiting(write: waitsForWrite, peer: false)
        case (.closing(_, waitsForPeer: true), .failed):
            // We have sent close_notify already, so nothing is lost.
            state = .closed
            return .closeChannel
        case (_, .wantsInput), (_, .closed), (_, .failed):
            return .wait
        }
    }

    private mutating func recordWithoutData() -> ReadAction {
        guard nextInput() == .read else { return .wait }
        recordsWithoutData += 1
        guard recordsWithoutData > Self.maximumRecordsWithoutData else { return .proceed }
        defer { state = .closed }
        return state == .active ? .fail(.tooManyRecordsWithoutData(recordsWithoutData)) : .closeChannel
    }

    /// Whether the input is still closed after the data that preceded close_notify was delivered.
    var isInputClosed: Bool { state == .inputClosed }

    /// Whether the handshake is over and nothing has ended the connection since.
    var isActive: Bool { state == .active }

    private mutating func stopWaiting(write waitsForWrite: Bool, peer waitsForPeer: Bool) -> ReadAction {
        guard waitsForWrite || waitsForPeer else {
            state = .closed
            return .closeChannel
        }
        state = .closing(waitsForWrite: waitsForWrite, waitsForPeer: waitsForPeer)
        return .wait
    }
}

// MARK: - Output

extension TLSStateMachine {
    enum CloseAction: Equatable {
        /// The handshake has not completed, or the connection is over.
        case closeChannel
        case sendCloseNotify
        /// The shutdown is already in progress.
        case wait
    }

    /// Whether writes are accepted. They are encrypted at the first flush after the handshake.
    var acceptsWrites: Bool {
        switch state {
        case .idle, .handshaking, .active, .inputClosed: true
        case .closing, .closed: false
        }
    }

    /// Whether flushed writes can be encrypted now.
    var canEncrypt: Bool { state == .active || state == .inputClosed }

    /// Encryption failed. Returns whether the error is to be reported, because the connection was not closed yet.
    mutating func writeFailed() -> Bool {
        guard state != .closed else { return false }
        state = .closed
        return true
    }

    /// A handler above closes the channel.
    mutating func close() -> CloseAction {
        switch state {
        case .active:
            state = .closing(waitsForWrite: true, waitsForPeer: true)
            return .sendCloseNotify
        case .inputClosed:
            state = .closing(waitsForWrite: true, waitsForPeer: false)
            return .sendCloseNotify
        case .closing:
            return .wait
        case .idle, .handshaking, .closed:
            state = .closed
            return .closeChannel
        }
    }

    /// Our close_notify and everything before it has been written. Returns whether to close the channel.
    mutating func closeNotifyWritten() -> Bool {
        guard case .closing(_, let waitsForPeer) = state else { return false }
        return stopWaiting(write: false, peer: waitsForPeer) == .closeChannel
    }
}

// MARK: - End

extension TLSStateMachine {
    enum TimeoutAction: Equatable {
        case nothing
        case fail(TLSError)
        case sendCloseNotify
        case closeChannel
    }

    enum HalfCloseAction: Equatable {
        case forward
        case ignore
        case fail(TLSError)
        case closeChannel
    }

    /// The timer of the handshake, the answer or the shutdown has expired.
    mutating func timedOut() -> TimeoutAction {
        switch state {
        case .handshaking:
            state = .closed
            return .fail(.handshakeTimeout)
        case .inputClosed:
            state = .closing(waitsForWrite: true, waitsForPeer: false)
            return .sendCloseNotify
        case .closing:
            state = .closed
            return .closeChannel
        case .idle, .active, .closed:
            return .nothing
        }
    }

    /// The peer has closed its half of the TCP connection, and the channel allows that.
    mutating func halfClosed() -> HalfCloseAction {
        switch state {
        case .idle:
            return .forward
        case .handshaking:
            state = .closed
            return .fail(.closedDuringHandshake)
        case .active:
            state = .closed
            return .fail(.truncated)
        case .closing(let waitsForWrite, waitsForPeer: true):
            return stopWaiting(write: waitsForWrite, peer: false) == .closeChannel ? .closeChannel : .ignore
        case .inputClosed, .closing, .closed:
            return .ignore
        }
    }

    /// The TCP connection is gone. Returns the error to report, if any.
    mutating func channelInactive() -> TLSError? {
        defer { state = .closed }
        switch state {
        case .handshaking: return .closedDuringHandshake
        case .active: return .truncated
        case .idle, .inputClosed, .closing, .closed: return nil
        }
    }

    /// The handler has been removed from the pipeline. Returns whether a close was in progress, which the channel
    /// itself must now finish.
    mutating func removed() -> Bool {
        defer { state = .closed }
        if case .closing = state { return true }
        return false
    }
}
