/// One connection's life: requests one after the other, each answered as a whole or as a stream.
struct ExchangeStateMachine {
    private enum State {
        case idle
        case awaitingHead(Kind)
        /// `length` bytes of the body have come.
        case collecting(Kind, length: Int, isReusable: Bool)
        case streaming
        case closed
    }

    enum Kind: Equatable {
        /// The answer is wanted as a whole, of at most `limit` bytes.
        case whole(limit: Int)
        /// The body of a 2xx answer is wanted as it comes; `limit` is for the body of another answer.
        case stream(limit: Int)

        var limit: Int {
            switch self {
            case .whole(let limit), .stream(let limit): limit
            }
        }
    }

    private var state = State.idle

    /// Whether the connection can take the request.
    mutating func start(_ kind: Kind) -> Bool {
        guard case .idle = state else { return false }
        state = .awaitingHead(kind)
        return true
    }

    enum HeadAction: Equatable {
        case none
        case startStream
        /// Nothing was asked.
        case close
    }

    mutating func receivedHead(status: Int, isKeepAlive: Bool) -> HeadAction {
        guard case .awaitingHead(let kind) = state else {
            state = .closed
            return .close
        }
        if case .stream = kind, (200..<300).contains(status) {
            state = .streaming
            return .startStream
        }
        state = .collecting(kind, length: 0, isReusable: isKeepAlive)
        return .none
    }

    enum BodyAction: Equatable {
        case append
        case yield
        case ignore
        case fail(limit: Int)
    }

    mutating func receivedBody(count: Int) -> BodyAction {
        switch state {
        case .collecting(let kind, let length, let isReusable):
            guard length + count <= kind.limit else {
                state = .closed
                return .fail(limit: kind.limit)
            }
            state = .collecting(kind, length: length + count, isReusable: isReusable)
            return .append
        case .streaming: return .yield
        case .idle, .awaitingHead, .closed: return .ignore
        }
    }

    enum EndAction: Equatable {
        /// The answer is complete; the connection serves the next request if it is reusable, else it is closed.
        case complete(isReusable: Bool)
        case finishStream
        case ignore
    }

    mutating func receivedEnd() -> EndAction {
        switch state {
        case .collecting(_, _, let isReusable):
            state = isReusable ? .idle : .closed
            return .complete(isReusable: isReusable)
        case .streaming:
            state = .closed
            return .finishStream
        case .idle, .awaitingHead, .closed: return .ignore
        }
    }

    enum FailAction: Equatable {
        /// `beforeResponse`: not a byte of an answer came.
        case failAnswer(beforeResponse: Bool)
        case failStream
        case none
    }

    /// The connection broke, a deadline passed, or the server does not speak HTTP.
    mutating func failed() -> FailAction {
        defer { state = .closed }
        switch state {
        case .awaitingHead: return .failAnswer(beforeResponse: true)
        case .collecting: return .failAnswer(beforeResponse: false)
        case .streaming: return .failStream
        case .idle, .closed: return .none
        }
    }
}
