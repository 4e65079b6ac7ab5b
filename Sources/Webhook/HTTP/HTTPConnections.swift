internal import NIOCore
internal import Synchronization

/// The open connections of a server: how many there are, what their bodies take, and which of them has to go for others.
final class HTTPConnections: Sendable {
    private struct Entry {
        let slot: HTTPConnectionSlot
        /// In bytes.
        var reserved = 0
        /// It has been told to end, and is as good as gone.
        var isLeaving = false
    }

    private struct State {
        var entries: [ObjectIdentifier: Entry] = [:]
        /// In bytes, of all entries.
        var reserved = 0
        var shutdown: HTTPConnectionShutdown?
    }

    private let state = Mutex(State())
    private let limits: HTTPLimits
    private let metrics: WebhookMetrics?

    init(_ limits: HTTPLimits = HTTPLimits(), _ metrics: WebhookMetrics? = nil) {
        self.limits = limits
        self.metrics = metrics
    }

    var count: Int { state.withLock { $0.entries.count } }

    func reached(_ limit: HTTPLimit) { metrics?.reached(limit) }

    // MARK: Connections

    /// A place for a connection, if need be that of the most expendable one.
    ///
    /// - Returns: nil if all others are being answered.
    func add(_ channel: any Channel) -> HTTPConnectionSlot? {
        let slot = HTTPConnectionSlot(channel, self)
        let (isAdmitted, victim) = state.withLock { state in
            var victim: HTTPConnectionSlot?
            if state.entries.count >= limits.maximumConnections,
                state.entries.values.count(where: { !$0.isLeaving }) >= limits.maximumConnections
            {
                victim = mostExpendable(of: state)
                guard let victim else { return (false, victim) }
                state.entries[victim.id]?.isLeaving = true
            }
            state.entries[slot.id] = Entry(slot: slot)
            return (true, victim)
        }
        if victim != nil || !isAdmitted { reached(.connections) }
        victim?.channel.pipeline.fireUserInboundEventTriggered(HTTPConnectionExpelled.forConnection)
        guard isAdmitted else { return nil }
        metrics?.connectionOpened()
        channel.closeFuture.whenComplete { [self] _ in
            metrics?.connectionClosed()
            release(slot)
            state.withLock { _ = $0.entries.removeValue(forKey: slot.id) }
        }
        return slot
    }

    /// To be called when the connection can be told: one that was accepted before the listener closed may still have its
    /// request answered.
    func announceShutdown(to slot: HTTPConnectionSlot) {
        guard let shutdown = state.withLock({ $0.shutdown }) else { return }
        slot.channel.pipeline.fireUserInboundEventTriggered(shutdown)
    }

    /// First those that have been in the handshake or a head for more than a second, then idle ones, then those that send
    /// or take something; of each the one that has been at it for longest. What is being answered stays.
    private func mostExpendable(of state: borrowing State) -> HTTPConnectionSlot? {
        let slow = NIODeadline.now() - .seconds(1)
        var best: (rank: Int, since: NIODeadline, slot: HTTPConnectionSlot)?
        for entry in state.entries.values where !entry.isLeaving {
            let (activity, since) = entry.slot.state
            let rank: Int
            switch activity {
            case .arriving: rank = since < slow ? 0 : 2
            case .idle: rank = 1
            case .receivingBody, .sending: rank = 2
            case .answering: continue
            }
            if let best, (best.rank, best.since) <= (rank, since) { continue }
            best = (rank, since, entry.slot)
        }
        return best?.slot
    }

    // MARK: Bodies

    /// Memory for a body or an answer, if need be that of bodies that have been coming, or answers that have been waiting
    /// for their client, for longer.
    fileprivate func reserve(_ bytes: Int, for slot: HTTPConnectionSlot) -> Bool {
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
            metrics?.buffers(state.reserved)
            return (true, victims.map(\.slot))
        }
        for victim in victims {
            victim.channel.pipeline.fireUserInboundEventTriggered(HTTPConnectionExpelled.forMemory)
        }
        return isGranted
    }

    fileprivate func release(_ slot: HTTPConnectionSlot) {
        state.withLock { state in
            guard let reserved = state.entries[slot.id]?.reserved, reserved > 0 else { return }
            state.entries[slot.id]?.reserved = 0
            state.reserved -= reserved
            metrics?.buffers(state.reserved)
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

/// A connection's place among the others of its server.
package final class HTTPConnectionSlot: Sendable {
    enum Activity: UInt64 { case arriving, idle, receivingBody, answering, sending }

    fileprivate let channel: any Channel
    private let connections: HTTPConnections
    /// Written by the connection's event loop for each request, and seldom read by others: an activity in the lowest three
    /// bits, and above them since when.
    private let current: Atomic<UInt64>

    fileprivate init(_ channel: any Channel, _ connections: HTTPConnections) {
        self.channel = channel
        self.connections = connections
        current = Atomic(Self.encode(.arriving, .now()))
    }

    fileprivate var id: ObjectIdentifier { ObjectIdentifier(self) }

    private static func encode(_ activity: Activity, _ since: NIODeadline) -> UInt64 {
        since.uptimeNanoseconds << 3 | activity.rawValue
    }

    fileprivate var state: (activity: Activity, since: NIODeadline) {
        let value = current.load(ordering: .relaxed)
        return (Activity(rawValue: value & 7) ?? .arriving, .uptimeNanoseconds(value >> 3))
    }

    func note(_ activity: Activity, since: NIODeadline) {
        current.store(Self.encode(activity, since), ordering: .relaxed)
    }

    func reserve(_ bytes: Int) -> Bool { connections.reserve(bytes, for: self) }

    func release() { connections.release(self) }

    func reached(_ limit: HTTPLimit) { connections.reached(limit) }
}

/// Fired into a connection that has to go, unless it is being answered by now.
package enum HTTPConnectionExpelled: Sendable {
    case forConnection
    /// Of the body that it sends, or of the answer that it does not take.
    case forMemory
}

/// Fired into a connection that is to end.
package enum HTTPConnectionShutdown: Sendable {
    /// Which tells the client, so that it sends no further request into a connection that is closed at that moment.
    case withNextAnswer
    /// As soon as the request under way, if any, is answered.
    case now
}
