internal import NIOCore
internal import Synchronization

/// The open connections of a server: how many there are, what their bodies take, and which of them has to go for others.
final class HTTPConnections: Sendable {
    private struct Entry {
        let slot: HTTPConnectionSlot
        /// The number of its address.
        let peer: Int
        /// In the order in which connections are accepted.
        let number: UInt64
        /// In bytes.
        var reserved = 0
        /// It has been told to end, and is as good as gone.
        var isLeaving = false
    }

    private struct State {
        var entries: [ObjectIdentifier: Entry] = [:]
        var peers = PeerNumbers()
        /// Of the next connection.
        var number: UInt64 = 0
        /// How many entries have been told to end.
        var leaving = 0
        /// In bytes, of all entries.
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

    func reached(_ limit: HTTPLimit) { delegate?.limitReached(limit) }

    // MARK: Connections

    /// A place for a connection, if need be that of another.
    ///
    /// - Returns: nil if it is the one that has to go.
    func add(_ channel: any Channel) -> HTTPConnectionSlot? {
        let slot = HTTPConnectionSlot(channel, self)
        let (isAdmitted, victim) = state.withLock { state -> (Bool, Victim?) in
            let peer = state.peers.add(slot.address)
            var victim: Victim?
            if state.entries.count - state.leaving >= limits.maximumConnections {
                victim = takePlace(for: peer, in: &state)
                guard victim != nil else {
                    state.peers.remove(slot.address)
                    return (false, nil)
                }
            }
            state.entries[slot.id] = Entry(slot: slot, peer: peer, number: state.number)
            state.number += 1
            return (true, victim)
        }
        if victim != nil || !isAdmitted { reached(.connections) }
        if let victim { victim.slot.channel.pipeline.fireUserInboundEventTriggered(victim.reason) }
        guard isAdmitted else { return nil }
        delegate?.connectionOpened()
        channel.closeFuture.whenComplete { [self] _ in
            delegate?.connectionClosed()
            release(slot)
            remove(slot)
        }
        return slot
    }

    private func remove(_ slot: HTTPConnectionSlot) {
        state.withLock { state in
            guard let entry = state.entries.removeValue(forKey: slot.id) else { return }
            if entry.isLeaving { state.leaving -= 1 }
            state.peers.remove(slot.address)
        }
    }

    private typealias Victim = (slot: HTTPConnectionSlot, reason: HTTPConnectionExpelled)

    private func takePlace(for peer: Int, in state: inout State) -> Victim? {
        // Those that leave are as good as gone, unless their event loop has no time for it.
        guard state.leaving < limits.maximumLeaving else { return nil }
        let entries = state.entries.values.filter { !$0.isLeaving }
        let connections = entries.map { $0.slot.connection(of: $0.peer, number: $0.number) }
        let eviction = HTTPConnectionEviction(connections, peers: state.peers.bound)
        let now = NIODeadline.now()
        guard let index = eviction.victim(for: peer, share: limits.newcomers, now: now) else { return nil }
        let slot = entries[index].slot
        state.entries[slot.id]?.isLeaving = true
        state.leaving += 1
        let isAnswering = connections[index].standing == .answering
        return (slot, isAnswering ? .forOthersWhileAnswering : .forConnection)
    }

    /// To be called when the connection can be told: one that was accepted before the listener closed may still have its
    /// request answered.
    func announceShutdown(to slot: HTTPConnectionSlot) {
        guard let shutdown = state.withLock({ $0.shutdown }) else { return }
        slot.channel.pipeline.fireUserInboundEventTriggered(shutdown)
    }

    // MARK: Bodies

    /// Memory for a body or an answer, if need be that of bodies that have been coming, or answers that have been waiting
    /// for their client, for longer.
    func reserve(_ bytes: Int, for slot: HTTPConnectionSlot) -> Bool {
        let (isGranted, victims) = state.withLock { state -> (Bool, [HTTPConnectionSlot]) in
            var missing = state.reserved + bytes - limits.maximumBufferedBytes
            var victims: [Entry] = []
            if missing > 0 {
                let others = state.entries.values.filter {
                    $0.reserved > 0 && $0.slot !== slot
                        && [.receivingBody, .sending].contains($0.slot.state.activity)
                }
                for entry in others.sorted(by: { $0.slot.state.since < $1.slot.state.since }) where missing > 0 {
                    missing -= entry.reserved
                    victims.append(entry)
                }
            }
            guard missing <= 0, state.entries[slot.id] != nil else { return (false, []) }
            for victim in victims {
                state.reserved -= victim.reserved
                state.entries[victim.slot.id]?.reserved = 0
            }
            state.entries[slot.id]?.reserved += bytes
            state.reserved += bytes
            delegate?.bufferedBytesChanged(to: state.reserved)
            return (true, victims.map(\.slot))
        }
        for victim in victims {
            victim.channel.pipeline.fireUserInboundEventTriggered(HTTPConnectionExpelled.forMemory)
        }
        return isGranted
    }

    func release(_ slot: HTTPConnectionSlot) {
        state.withLock { state in
            guard let reserved = state.entries[slot.id]?.reserved, reserved > 0 else { return }
            state.entries[slot.id]?.reserved = 0
            state.reserved -= reserved
            delegate?.bufferedBytesChanged(to: state.reserved)
        }
    }

    // MARK: Shutdown

    /// Has clients go elsewhere, those first that send most.
    func drain() { _ = announce(.withNextAnswer) }

    private func announce(_ shutdown: HTTPConnectionShutdown) -> [any Channel] {
        let channels = state.withLock { state in
            state.shutdown = shutdown
            return state.entries.values.map(\.slot.channel)
        }
        for channel in channels { channel.pipeline.fireUserInboundEventTriggered(shutdown) }
        return channels
    }

    /// Ends idle connections at once, the others when their request is answered, and all that are left when the time is
    /// over.
    ///
    /// - Returns: how many had to be cut off.
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
        let channels = state.withLock { $0.entries.values.map(\.slot.channel) }
        for channel in channels { channel.close(promise: nil) }
        return channels.count
    }
}
