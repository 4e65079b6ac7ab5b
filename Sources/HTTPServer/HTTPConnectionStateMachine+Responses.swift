internal import NIOCore
internal import NIOHTTP1

/// Handles responses to the client, and the memory for them.
extension HTTPConnectionStateMachine {
    /// Reports the response to the request of a `process` action.
    mutating func answered(_ response: HTTPResponse) -> Action {
        guard case .responding(var exchange) = state else { return .none }
        exchange.isLast = exchange.isLast || isShuttingDown
        return send(response, exchange)
    }

    /// Releases the memory of the body; a long response needs its own memory until the client has read it.
    mutating func send(_ response: HTTPResponse, _ exchange: Exchange) -> Action {
        let bytes = response.body.readableBytes
        guard bytes > limits.unreservedBytes else {
            state = .responding(exchange)
            return releaseMemory(then: write(response, exchange))
        }
        var exchange = exchange
        exchange.response = .reserving(response)
        state = .responding(exchange)
        return releaseMemory(then: .reserve(bytes))
    }

    /// If there is no memory for a long response, a short one replaces it.
    mutating func responseReserved(_ isGranted: Bool) -> Action {
        guard case .responding(var exchange) = state, case .reserving(let response) = exchange.response else {
            return .none
        }
        exchange.response = .pending
        state = .responding(exchange)
        holdsMemory = isGranted
        return isGranted
            ? write(response, exchange) : .limitReached(.bufferedBytes, then: write(.overloaded, exchange))
    }

    private func write(_ response: HTTPResponse, _ exchange: Exchange) -> Action {
        let action = Action.send(response, to: exchange.head, isLast: exchange.isLast)
        return response.status == .payloadTooLarge ? .limitReached(.bodySize, then: action) : action
    }

    private mutating func releaseMemory(then action: Action) -> Action {
        guard holdsMemory else { return action }
        holdsMemory = false
        return .release(then: action)
    }

    // MARK: Backpressure

    /// Must be called when the response has been handed to the channel; `nextPipelined` may then have work.
    mutating func responseWritten() -> Action {
        guard case .responding(var exchange) = state else { return .none }
        guard !isWritable else { return responseTaken(exchange) }
        exchange.response = .waiting
        state = .responding(exchange)
        return .publishActivity
    }

    /// Must be called when the client resumes or stops reading; `nextPipelined` may then have work.
    mutating func writabilityChanged(to isWritable: Bool) -> Action {
        self.isWritable = isWritable
        guard isWritable, isResponseWaiting, case .responding(let exchange) = state else { return .none }
        return responseTaken(exchange)
    }

    private mutating func responseTaken(_ exchange: Exchange) -> Action {
        guard exchange.isLast || isShuttingDown else {
            state = .idle
            isEstablished = true
            return releaseMemory(then: .none)
        }
        guard !exchange.isComplete else { return releaseMemory(then: close()) }
        pipelined.removeAll()
        state = .lingering
        return releaseMemory(then: .none)
    }
}
