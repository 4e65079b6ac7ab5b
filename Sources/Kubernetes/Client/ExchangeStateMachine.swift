/// One connection's life: requests one after the other, each answered as a whole or as a stream.
struct ExchangeStateMachine {
    private enum State {
        case idle
        case awaitingHead(Kind)
        case collecting(Collection)
        case streaming
        case closed
    }

    private struct Collection {
        let limit: Int
        /// What is beyond the limit is left out: the status is what counts.
        let isRefusal: Bool
        let isReusable: Bool
        /// The bytes that have come.
        var length = 0
    }

    /// The most bytes that are kept of the body of an answer other than 2xx.
    private static let largestRefusal = 64 * 1024

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
        let isRefusal = !(200..<300).contains(status)
        if case .stream = kind, !isRefusal {
            state = .streaming
            return .startStream
        }
        let limit = isRefusal ? min(kind.limit, Self.largestRefusal) : kind.limit
        state = .collecting(Collection(limit: limit, isRefusal: isRefusal, isReusable: isKeepAlive))
        return .none
    }

    var isStreaming: Bool {
        if case .streaming = state { true } else { false }
    }

    enum BodyAction: Equatable {
        case append
        case yield
        case ignore
        case fail(limit: Int)
    }

    mutating func receivedBody(count: Int) -> BodyAction {
        switch state {
        case .collecting(var collection):
            guard collection.length + count <= collection.limit else {
                if collection.isRefusal { return .ignore }
                state = .closed
                return .fail(limit: collection.limit)
            }
            collection.length += count
            state = .collecting(collection)
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
        case .collecting(let collection):
            state = collection.isReusable ? .idle : .closed
            return .complete(isReusable: collection.isReusable)
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
