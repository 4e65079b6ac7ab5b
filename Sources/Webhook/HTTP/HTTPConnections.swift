internal import NIOCore
internal import Synchronization

/// The open connections of a server, so that its end can wait for them.
final class HTTPConnections: Sendable {
    private struct State {
        var channels: [ObjectIdentifier: any Channel] = [:]
        var isShuttingDown = false
    }

    private let state = Mutex(State())
    private let metrics: WebhookMetrics?

    init(_ metrics: WebhookMetrics? = nil) { self.metrics = metrics }

    var count: Int { state.withLock { $0.channels.count } }

    func add(_ channel: any Channel) {
        let id = ObjectIdentifier(channel)
        let isLate = state.withLock { state in
            state.channels[id] = channel
            return state.isShuttingDown
        }
        metrics?.connectionOpened()
        channel.closeFuture.whenComplete { [self] _ in
            metrics?.connectionClosed()
            state.withLock { _ = $0.channels.removeValue(forKey: id) }
        }
        // Accepted before the listener closed: it may still have its request answered.
        if isLate { channel.pipeline.fireUserInboundEventTriggered(HTTPConnectionShutdown()) }
    }

    /// Ends idle connections at once, the others when their request is answered, and all that are left when the time is
    /// over.
    ///
    /// - Returns: how many had to be cut off.
    func shutDown(within timeout: Duration) async -> Int {
        let channels = state.withLock { state in
            state.isShuttingDown = true
            return Array(state.channels.values)
        }
        for channel in channels { channel.pipeline.fireUserInboundEventTriggered(HTTPConnectionShutdown()) }
        return await withTaskGroup(of: Int.self) { group in
            group.addTask {
                for channel in channels { try? await channel.closeFuture.get() }
                return 0
            }
            group.addTask { [self] in
                try? await Task.sleep(for: timeout)
                return Task.isCancelled ? 0 : cutOff()
            }
            var total = 0
            for await count in group {
                total += count
                group.cancelAll()
            }
            return total
        }
    }

    private func cutOff() -> Int {
        let channels = state.withLock { Array($0.channels.values) }
        for channel in channels { channel.close(promise: nil) }
        return channels.count
    }
}
