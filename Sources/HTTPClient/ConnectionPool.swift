internal import NIOCore
internal import NIOOpenSSL
internal import Synchronization

/// The idle connections. The one used most recently is taken first, so that the others can time out. A connection is
/// removed before it is closed: with TLS, it stays active until the peer has sent close_notify too.
final class ConnectionPool: Sendable {
    private struct State {
        /// Each connection, with the context that it was made with.
        var idle: [(channel: any Channel, tls: TLSContext?)] = []
        var isClosed = false
    }

    private let capacity: Int
    private let state = Mutex(State())

    init(capacity: Int) { self.capacity = capacity }

    /// Returns a connection that was made with this context, if there is one. Connections that were made with another
    /// context, which has an older certificate or older trust roots, are closed.
    func take(madeWith tls: TLSContext?) -> (any Channel)? {
        let (channel, outdated) = state.withLock { state -> ((any Channel)?, [any Channel]) in
            let outdated = state.idle.filter { $0.tls !== tls }.map(\.channel)
            state.idle.removeAll { $0.tls !== tls || !$0.channel.isActive }
            return (state.idle.popLast()?.channel, outdated)
        }
        for channel in outdated { channel.close(promise: nil) }
        return channel
    }

    /// Returns whether the pool keeps the connection; if it does not, the caller closes it.
    func put(_ channel: any Channel, madeWith tls: TLSContext?) -> Bool {
        state.withLock { state in
            state.idle.removeAll { !$0.channel.isActive }
            guard !state.isClosed, state.idle.count < capacity else { return false }
            state.idle.append((channel, tls))
            return true
        }
    }

    func remove(_ channel: any Channel) {
        state.withLock { state in state.idle.removeAll { $0.channel === channel } }
    }

    /// Stops accepting connections, and returns those in the pool.
    func close() -> [any Channel] {
        state.withLock { state in
            defer { state.idle = [] }
            state.isClosed = true
            return state.idle.map(\.channel)
        }
    }
}
