internal import NIOCore

/// The life of one connection: requests one after the other, each answered as a whole or with a stream.
struct ExchangeStateMachine {
    private enum State {
        case idle
        /// A stream is wanted unless `idleTimeout` is nil; `limit` applies to a body that does not become a stream.
        case awaitingHead(limit: Int, idleTimeout: TimeAmount?)
        case collecting(Collection)
        case streaming(Stream)
        case closed
    }

    private struct Collection {
        let limit: Int
        /// Whether the response is a refusal. Whatever exceeds the limit of a refusal is dropped: the status is what
        /// matters.
        let isRefusal: Bool
        let isReusable: Bool
        /// The number of bytes that have arrived.
        var length = 0
    }

    private struct Stream {
        var idleTimeout: TimeAmount
        /// When the last part arrived, or its reader asked for more.
        var lastActivity: NIODeadline
        /// Whether the reader has enough for now.
        var isPaused = false
        /// Whether a read is waiting until the reader asks for more.
        var isReadPending = false
    }

    /// The maximum number of bytes that are kept of the body of a response other than 2xx.
    private static let largestRefusal = 64 * 1024

    private var state = State.idle
    /// Whether the connection is being closed, and takes no further request.
    private var isClosing = false

    /// Returns whether the connection can take the request.
    ///
    /// - Parameters:
    ///   - limit: The maximum number of bytes of the response's body, unless it is a stream.
    ///   - idleTimeout: How long the server may be silent in a stream; nil if the response is wanted as a whole.
    mutating func start(limit: Int, idleTimeout: TimeAmount?) -> Bool {
        guard case .idle = state, !isClosing else { return false }
        state = .awaitingHead(limit: limit, idleTimeout: idleTimeout)
        return true
    }

    // MARK: The response

    enum Action: Equatable {
        case ignore
        case startStream
        case append
        case yield
        case fail(limit: Int)
        /// The response is complete; the connection serves the next request if it is reusable, and is closed otherwise.
        case complete(isReusable: Bool)
        case finishStream
        case close
    }

    mutating func receivedHead(status: Int, isKeepAlive: Bool, at now: NIODeadline) -> Action {
        guard case .awaitingHead(let limit, let idleTimeout) = state else {
            // There was no request.
            state = .closed
            return .close
        }
        let isRefusal = !(200..<300).contains(status)
        if let idleTimeout, !isRefusal {
            state = .streaming(Stream(idleTimeout: idleTimeout, lastActivity: now))
            return .startStream
        }
        let kept = isRefusal ? min(limit, Self.largestRefusal) : limit
        // A caller that asked for a stream and is refused closes the connection.
        let isReusable = isKeepAlive && idleTimeout == nil
        state = .collecting(Collection(limit: kept, isRefusal: isRefusal, isReusable: isReusable))
        return .ignore
    }

    var isStreaming: Bool {
        if case .streaming = state { true } else { false }
    }

    mutating func receivedBody(count: Int, at now: NIODeadline) -> Action {
        switch state {
        case .collecting(var collection):
            guard collection.length + count <= collection.limit else {
                return collection.isRefusal ? .ignore : .fail(limit: collection.limit)
            }
            collection.length += count
            state = .collecting(collection)
            return .append
        case .streaming:
            changeStream { $0.lastActivity = now }
            return .yield
        case .idle, .awaitingHead, .closed: return .ignore
        }
    }

    mutating func receivedEnd() -> Action {
        switch state {
        case .collecting(let collection):
            let isReusable = collection.isReusable && !isClosing
            state = isReusable ? .idle : .closed
            return .complete(isReusable: isReusable)
        case .streaming:
            state = .closed
            return .finishStream
        case .idle, .awaitingHead, .closed: return .ignore
        }
    }

    // MARK: The reader of a stream

    /// The reader has enough for now.
    mutating func pause() { changeStream { $0.isPaused = true } }

    /// The reader asks for more. Returns whether a read was waiting for that.
    mutating func resume(at now: NIODeadline) -> Bool {
        guard case .streaming(let stream) = state else { return false }
        state = .streaming(Stream(idleTimeout: stream.idleTimeout, lastActivity: now))
        return stream.isReadPending
    }

    /// Returns whether a read may pass; otherwise it waits until the reader asks for more.
    mutating func mayRead() -> Bool {
        guard case .streaming(let stream) = state, stream.isPaused else { return true }
        changeStream { $0.isReadPending = true }
        return false
    }

    mutating func setIdleTimeout(_ timeout: TimeAmount) { changeStream { $0.idleTimeout = timeout } }

    enum IdleAction: Equatable {
        case wait(TimeAmount)
        case fail(limit: TimeAmount)
    }

    /// Nil if there is no stream. While the reader has enough, the server does not count as silent.
    func checkIdleness(at now: NIODeadline) -> IdleAction? {
        guard case .streaming(let stream) = state else { return nil }
        let remaining = stream.isPaused ? stream.idleTimeout : stream.idleTimeout - (now - stream.lastActivity)
        return remaining > .zero ? .wait(remaining) : .fail(limit: stream.idleTimeout)
    }

    private mutating func changeStream(_ change: (inout Stream) -> Void) {
        guard case .streaming(var stream) = state else { return }
        change(&stream)
        state = .streaming(stream)
    }

    // MARK: The end

    /// The connection broke, a deadline passed, or the server does not speak HTTP. Returns whether a request is waiting
    /// for the first byte of its response.
    mutating func failed() -> Bool {
        defer { state = .closed }
        if case .awaitingHead = state { return true }
        return false
    }

    /// The connection is being closed; a response that is still arriving may be completed.
    mutating func closing() { isClosing = true }
}
