internal import NIOCore
internal import Synchronization

/// The open connections of a server: how many there are, how much memory they hold, and which of them is closed to make
/// room.
final class HTTPConnections: Sendable {
    private struct Entry {
        let registration: HTTPConnectionRegistration
        /// The number of the client's address.
        let peer: Int
        /// Connections are numbered in the order in which they are accepted.
        let number: UInt64
        /// In bytes.
        var reserved = 0
        /// Whether it has been told to close, so that it hardly counts.
        var isEvicted = false
    }

    private struct State {
        var entries: [ObjectIdentifier: Entry] = [:]
        var peers = PeerNumbers()
        var nextNumber: UInt64 = 0
        /// The number of entries that have been evicted.
        var evicted = 0
        /// The total of all entries in bytes.
        var reserved = 0
        var shutdown: HTTPConnectionShutdown?
    }

    private let state = Mutex(State())
    private let limits: HTTPLimits
    private let delegate: (any HTTPServerDelegate)?

    init(_ limits: HTTPLimits = HTTPLimits(), _ delegate: (any HTTPServerDelegate)? = nil) {
        self.limits = limits
        self.delegate = delegate
    }

    var count: Int { state.withLock { $0.entries.count } }

    func limitReached(_ limit: HTTPLimit) { delegate?.limitReached(limit) }

    // MARK: Connections

    /// Whether there has ever been a connection.
    var haveBeenUsed: Bool { state.withLock { $0.nextNumber > 0 } }

    /// Registers a connection, if necessary in place of another. Must be called on its event loop.
    ///
    /// - Returns: Nil if the new connection is the one that must be closed.
    func add(_ channel: any Channel) -> HTTPConnectionRegistration? {
        let now = channel.eventLoop.now
        let registration = HTTPConnectionRegistration(channel, self, now: now)
        let (isAccepted, evicted) = state.withLock { state -> (Bool, Evicted?) in
            let peer = state.peers.add(registration.address)
            var evicted: Evicted?
            if state.entries.count - state.evicted >= limits.maximumConnections {
                evicted = evict(for: peer, in: &state, now: now)
                guard evicted != nil else {
                    state.peers.remove(registration.address)
                    return (false, nil)
                }
            }
            state.entries[registration.id] = Entry(registration: registration, peer: peer, number: state.nextNumber)
            state.nextNumber += 1
            return (true, evicted)
        }
        if evicted != nil || !isAccepted { limitReached(.connections) }
        if let (connection, reason) = evicted { connection.channel.pipeline.fireUserInboundEventTriggered(reason) }
        guard isAccepted else { return nil }
        delegate?.connectionOpened()
        channel.closeFuture.whenComplete { [self] _ in
            delegate?.connectionClosed()
            release(registration)
            remove(registration)
        }
        return registration
    }

    private func remove(_ registration: HTTPConnectionRegistration) {
        state.withLock { state in
            guard let entry = state.entries.removeValue(forKey: registration.id) else { return }
            if entry.isEvicted { state.evicted -= 1 }
            state.peers.remove(registration.address)
        }
    }

    private typealias Evicted = (connection: HTTPConnectionRegistration, reason: HTTPConnectionEviction)

    private func evict(for peer: Int, in state: inout State, now: NIODeadline) -> Evicted? {
        // Evicted connections hardly count, unless their event loop has no time to close them.
        guard state.evicted < limits.maximumEvicted else { return nil }
        let entries = state.entries.values.filter { !$0.isEvicted }
        let connections = entries.map {
            HTTPEvictionPolicy.Connection(peer: $0.peer, number: $0.number, status: $0.registration.status)
        }
        let policy = HTTPEvictionPolicy(connections, peers: state.peers.bound)
        guard let index = policy.evictionCandidate(for: peer, share: limits.newcomers, now: now) else { return nil }
        let registration = entries[index].registration
        state.entries[registration.id]?.isEvicted = true
        state.evicted += 1
        let isAnswering = connections[index].standing == .answering
        return (registration, isAnswering ? .forConnectionOfOtherClient : .forConnection)
    }

    /// Must be called when the pipeline is complete: a connection that was accepted before the listener closed may
    /// still have a request answered.
    func announceShutdown(to registration: HTTPConnectionRegistration) {
        guard let shutdown = state.withLock({ $0.shutdown }) else { return }
        registration.channel.pipeline.fireUserInboundEventTriggered(shutdown)
    }

    // MARK: Memory

    /// Reserves memory for a body or a response, if necessary by taking it from those bodies that have been arriving,
    /// or responses that have been waiting for their clients, for the longest time.
    func reserve(_ bytes: Int, for registration: HTTPConnectionRegistration) -> Bool {
        let (isGranted, evicted) = state.withLock { state -> (Bool, [HTTPConnectionRegistration]) in
            var missing = state.reserved + bytes - limits.maximumBufferedBytes
            var evicted: [Entry] = []
            if missing > 0 {
                let others = state.entries.values.filter { $0.reserved > 0 && $0.registration !== registration }
                    .map { (entry: $0, status: $0.registration.status) }
                    .filter { [.receivingBody, .sending].contains($0.status.activity) }
                for (entry, _) in others.sorted(by: { $0.status.since < $1.status.since }) where missing > 0 {
                    missing -= entry.reserved
                    evicted.append(entry)
                }
            }
            guard missing <= 0, state.entries[registration.id] != nil else { return (false, []) }
            for entry in evicted {
                state.reserved -= entry.reserved
                state.entries[entry.registration.id]?.reserved = 0
            }
            state.entries[registration.id]?.reserved += bytes
            state.reserved += bytes
            delegate?.bufferedBytesChanged(to: state.reserved)
            return (true, evicted.map(\.registration))
        }
        for connection in evicted {
            connection.channel.pipeline.fireUserInboundEventTriggered(HTTPConnectionEviction.forMemory)
        }
        return isGranted
    }

    func release(_ registration: HTTPConnectionRegistration) {
        state.withLock { state in
            guard let reserved = state.entries[registration.id]?.reserved, reserved > 0 else { return }
            state.entries[registration.id]?.reserved = 0
            state.reserved -= reserved
            delegate?.bufferedBytesChanged(to: state.reserved)
        }
    }

    // MARK: Shutdown

    /// Makes clients open new connections, which go elsewhere; the clients that send the most requests do so first.
    func drain() { _ = announce(.withNextResponse) }

    private func announce(_ shutdown: HTTPConnectionShutdown) -> [any Channel] {
        let channels = state.withLock { state in
            state.shutdown = shutdown
            return state.entries.values.map(\.registration.channel)
        }
        for channel in channels { channel.pipeline.fireUserInboundEventTriggered(shutdown) }
        return channels
    }

    /// Closes idle connections at once, the others once their request has been answered, and all that are left when the
    /// time is up.
    ///
    /// - Returns: The number of connections that had to be cut off.
    func shutDown(within timeout: Duration) async -> Int {
        let channels = announce(.now)
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
        let channels = state.withLock { $0.entries.values.map(\.registration.channel) }
        for channel in channels { channel.close(promise: nil) }
        return channels.count
    }
}
