internal import NIOCore
internal import Synchronization

/// Connections that wait for their next request. The one used last is taken first, so that the others can time out.
final class ConnectionPool: Sendable {
    private struct State {
        var idle: [any Channel] = []
        var isClosed = false
    }

    private let capacity: Int
    private let state = Mutex(State())

    init(capacity: Int) { self.capacity = capacity }

    func take() -> (any Channel)? {
        state.withLock { state in
            while let channel = state.idle.popLast() {
                if channel.isActive { return channel }
            }
            return nil
        }
    }

    func takeAll() -> [any Channel] {
        state.withLock { state in
            defer { state.idle = [] }
            return state.idle
        }
    }

    /// Whether the pool keeps the connection; if it does not, the caller closes it.
    func put(_ channel: any Channel) -> Bool {
        state.withLock { state in
            state.idle.removeAll { !$0.isActive }
            guard !state.isClosed, state.idle.count < capacity else { return false }
            state.idle.append(channel)
            return true
        }
    }

    func remove(_ channel: any Channel) {
        state.withLock { state in state.idle.removeAll { $0 === channel } }
    }

    /// Takes no more connections and gives back those that it had.
    func close() -> [any Channel] {
        state.withLock { state in
            defer { state.idle = [] }
            state.isClosed = true
            return state.idle
        }
    }
}
