internal import NIOCore

/// The life of one TLS connection, without the connection: what happened goes in, what is to be done comes out. The new
/// state holds before the caller acts, since whatever it calls may come back here.
struct TLSStateMachine {
    private enum State: Equatable {
        /// The channel is not active.
        case idle
        case handshaking
        case active
        /// The peer's close_notify was received. We may still write.
        case inputClosed
        /// Our close_notify is written. The channel is closed when nothing is waited for: neither the end of our own
        /// writes nor the peer's close_notify.
        case closing(waitsForWrite: Bool, waitsForPeer: Bool)
        case closed
    }

    private var state = State.idle
    /// In the handshake; after it, how many more they are than those with data.
    private var recordsWithoutData = 0

    /// As many as a certificate chain of 100 KiB, OpenSSL's limit, takes in records of 1 KiB, and then some.
    static let maximumHandshakeRecords = 128
    /// In a row; further ones must have one with data for each. A peer has no reason to send more than a few, and they cost
    /// more than those with data: new keys, and an answer.
    static let maximumRecordsWithoutData = 32
}

// MARK: - Input

extension TLSStateMachine {
    enum InputAction: Equatable {
        case handshake
        case read
        /// Drop what was received.
        case drop
    }

    enum HandshakeAction: Equatable {
        case wait
        /// Say that the handshake is complete, write what waited for it, and read.
        case complete
        case fail(TLSError)
    }

    enum ReadAction: Equatable {
        case deliver
        /// Read the next record.
        case proceed
        /// Throw the plaintext away: nobody wants it any more.
        case discard
        case wait
        /// Tell the pipeline that no more will come, and wait, for a while, for it to close.
        case announceInputClosed
        case closeChannel
        case fail(TLSError)
    }

    /// Returns whether to begin the handshake and its timer.
    mutating func start() -> Bool {
        guard state == .idle else { return false }
        state = .handshaking
        return true
    }

    /// What to do with ciphertext that is there.
    func nextInput() -> InputAction {
        switch state {
        case .handshaking: .handshake
        case .active, .closing(_, waitsForPeer: true): .read
        case .idle, .inputClosed, .closing, .closed: .drop
        }
    }

    /// Whether the channel must be read even if nobody above asked for it.
    var needsInput: Bool {
        switch state {
        case .handshaking, .closing(_, waitsForPeer: true): true
        case .idle, .active, .inputClosed, .closing, .closed: false
        }
    }

    mutating func handshakeStepped(_ result: TLSConnection.HandshakeResult) -> HandshakeAction {
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

    mutating func readStepped(_ result: TLSConnection.ReadResult) -> ReadAction {
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
            // We said goodbye already: what goes wrong now is nobody's loss.
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

    /// Whether the event that follows the peer's close_notify is still due after the data before it was delivered.
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
        /// Nothing was agreed with the peer, or all is over.
        case closeChannel
        case sendCloseNotify
        /// It is under way.
        case wait
    }

    /// Whether a write is accepted, to be encrypted at the next flush after the handshake.
    var acceptsWrites: Bool {
        switch state {
        case .idle, .handshaking, .active, .inputClosed: true
        case .closing, .closed: false
        }
    }

    /// Whether what was flushed may be encrypted now.
    var mayEncrypt: Bool { state == .active || state == .inputClosed }

    /// Encryption failed. Returns whether that is news.
    mutating func writeFailed() -> Bool {
        guard state != .closed else { return false }
        state = .closed
        return true
    }

    /// Someone above closes the channel.
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

    /// Our close_notify, and all before it, has left or was lost. Returns whether to close the channel.
    mutating func closeNotifyWritten() -> Bool {
        guard case .closing(_, let waitsForPeer) = state else { return false }
        return stopWaiting(write: false, peer: waitsForPeer) == .closeChannel
    }
}

// MARK: - Ends

extension TLSStateMachine {
    enum TimeoutAction: Equatable {
        case nothing
        case fail(TLSError)
        case sendCloseNotify
        case closeChannel
    }

    enum HalfCloseAction: Equatable {
        case forward
        case swallow
        case fail(TLSError)
        case closeChannel
    }

    /// The timer of the handshake or that of the shutdown ran out.
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
            return stopWaiting(write: waitsForWrite, peer: false) == .closeChannel ? .closeChannel : .swallow
        case .inputClosed, .closing, .closed:
            return .swallow
        }
    }

    /// The TCP connection is gone. Returns the error to report.
    mutating func channelInactive() -> TLSError? {
        defer { state = .closed }
        switch state {
        case .handshaking: return .closedDuringHandshake
        case .active: return .truncated
        case .idle, .inputClosed, .closing, .closed: return nil
        }
    }

    /// The handler is taken out of the pipeline. Returns whether a close was under way, which the channel itself must
    /// now finish.
    mutating func removed() -> Bool {
        defer { state = .closed }
        if case .closing = state { return true }
        return false
    }
}
