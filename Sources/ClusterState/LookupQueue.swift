internal import KubernetesObjects
internal import ServiceSupport

/// Decides which object is looked up next, and for which waiters. It does no I/O and has no clock.
///
/// Demand can be far above the rate limit, because of one namespace or of a client that invents names. Therefore
/// - an object is looked up once, however many waiters there are, and not at all if there are none left;
/// - a token is taken when a lookup starts, so that a lookup that never starts costs nothing;
/// - the latest arrival is served first, because the earliest has the least time left and might time out anyway;
/// - namespaces take turns, and known namespaces take turns with unknown ones, which may be invented and count as one;
/// - unknown objects come before those that only need to be confirmed.
struct LookupQueue<Waiter> {
    struct Limits: Equatable, Sendable {
        /// The maximum number of waiters. If there are more, one is evicted from the flow that has the most.
        var waiting = 256
        /// The maximum number of lookups in progress. A flow may have half of them.
        var underWay = 128
    }

    enum Kind: Equatable, Sendable {
        /// The object is unknown, but others in its namespace are known.
        case unknown
        /// No object in the object's namespace is known.
        case unknownNamespace
        /// The object is known but may be out of date.
        case confirmation
    }

    /// A waiter and the object that it waits for.
    typealias NamedWaiter = (name: NamespacedName, waiter: Waiter)

    enum Action: Equatable {
        case lookUp(NamespacedName)
        /// Wait until there is a token or something else changes.
        case wait(Duration)
        /// Wait until something changes.
        case idle
    }

    /// Identifies a waiter.
    struct Ticket: Hashable, Sendable {
        fileprivate let name: NamespacedName
        fileprivate let number: UInt64
    }

    /// The unit of fairness, named as in API Priority and Fairness: waiters and lookups in progress are counted by
    /// flow.
    private enum Flow: Hashable {
        case namespace(String)
        case unknownNamespaces

        init(_ name: NamespacedName, _ kind: Kind) {
            self = kind == .unknownNamespace ? .unknownNamespaces : .namespace(name.namespace)
        }
    }

    private struct Entry {
        let kind: Kind
        let flow: Flow
        /// The number of its first waiter, which is larger for later arrivals.
        let arrival: UInt64
        var isUnderWay = false
        var waiters: [(number: UInt64, deadline: ContinuousClock.Instant, waiter: Waiter)] = []
    }

    private static var rememberedNamespaces: Int { 10_000 }

    private let limits: Limits
    private var rateLimit: RateLimit
    private var entries: [NamespacedName: Entry] = [:]
    private var waitingIn: [Flow: Int] = [:]
    private var underWayIn: [Flow: Int] = [:]
    private(set) var waitingCount = 0
    private var underWayCount = 0
    private var arrivals: UInt64 = 0
    /// The last turn of each known namespace, as the number of lookups that had started by then.
    private var lastTurn: [String: UInt64] = [:]
    private var turns: UInt64 = 0
    private var lastKind = Kind.unknownNamespace
    private var isClosed = false

    init(rateLimit: RateLimit, limits: Limits = Limits()) {
        self.rateLimit = rateLimit
        self.limits = limits
    }

    // MARK: Waiters

    /// - Returns: A ticket, or nil if there is no room, and the waiter that was evicted to make room, if any.
    mutating func add(
        _ waiter: Waiter,
        for name: NamespacedName,
        _ kind: Kind,
        until deadline: ContinuousClock.Instant
    ) -> (ticket: Ticket?, evicted: NamedWaiter?) {
        guard !isClosed else { return (nil, nil) }
        let flow = entries[name]?.flow ?? Flow(name, kind)
        var evicted: NamedWaiter?
        if waitingCount >= limits.waiting {
            guard let largest = waitingIn.max(by: { $0.value < $1.value }),
                largest.value > waitingIn[flow, default: 0] + 1
            else { return (nil, nil) }
            evicted = removeOldest(in: largest.key)
        }
        arrivals += 1
        entries[name, default: Entry(kind: kind, flow: flow, arrival: arrivals)].waiters.append(
            (arrivals, deadline, waiter)
        )
        count(flow, 1)
        return (Ticket(name: name, number: arrivals), evicted)
    }

    /// Removes a waiter whose time is up.
    mutating func cancel(_ ticket: Ticket) -> Waiter? {
        guard let index = entries[ticket.name]?.waiters.firstIndex(where: { $0.number == ticket.number }) else {
            return nil
        }
        return remove(at: index, of: ticket.name)
    }

    private mutating func removeOldest(in flow: Flow) -> NamedWaiter? {
        let candidates = entries.filter { $0.value.flow == flow && !$0.value.waiters.isEmpty }
        let oldest = candidates.min { ($0.value.waiters.first?.number ?? 0) < ($1.value.waiters.first?.number ?? 0) }
        guard let name = oldest?.key, let waiter = remove(at: 0, of: name) else { return nil }
        return (name, waiter)
    }

    private mutating func remove(at index: Int, of name: NamespacedName) -> Waiter? {
        guard var entry = entries[name] else { return nil }
        let waiter = entry.waiters.remove(at: index).waiter
        entries[name] = entry.waiters.isEmpty && !entry.isUnderWay ? nil : entry
        count(entry.flow, -1)
        return waiter
    }

    private mutating func count(_ flow: Flow, _ change: Int) {
        waitingCount += change
        waitingIn.add(change, to: flow)
    }

    // MARK: Lookups

    /// - Parameter now: The current time, which also determines which waiters have no time left.
    mutating func next(at now: ContinuousClock.Instant) -> Action {
        guard underWayCount < limits.underWay, entries.count > underWayCount else { return .idle }
        let delay = rateLimit.delay(at: now)
        guard delay == .zero else { return .wait(delay) }
        guard let name = candidate(at: now), rateLimit.take(at: now) else { return .idle }
        start(name)
        return .lookUp(name)
    }

    private mutating func start(_ name: NamespacedName) {
        guard let entry = entries[name] else { return }
        entries[name]?.isUnderWay = true
        underWayCount += 1
        underWayIn.add(1, to: entry.flow)
        lastKind = entry.kind
        guard entry.kind != .unknownNamespace else { return }
        turns += 1
        // In a cluster whose namespaces come and go, the list would grow forever. After this, all namespaces start as
        // equals.
        if lastTurn.count >= Self.rememberedNamespaces { lastTurn.removeAll() }
        lastTurn[name.namespace] = turns
    }

    private func candidate(at now: ContinuousClock.Instant) -> NamespacedName? {
        var best: (rank: (Int, UInt64, UInt64), name: NamespacedName)?
        for (name, entry) in entries where !entry.isUnderWay {
            guard underWayIn[entry.flow, default: 0] < max(1, limits.underWay / 2),
                entry.waiters.contains(where: { $0.deadline > now })
            else { continue }
            let rank = rank(name, entry)
            if let best, best.rank <= rank { continue }
            best = (rank, name)
        }
        return best?.name
    }

    /// The rank of an object; the object with the smallest rank is looked up first.
    private func rank(_ name: NamespacedName, _ entry: Entry) -> (Int, UInt64, UInt64) {
        let newest = UInt64.max - entry.arrival
        switch entry.kind {
        case .unknown: return (lastKind == .unknown ? 1 : 0, lastTurn[name.namespace] ?? 0, newest)
        case .unknownNamespace: return (lastKind == .unknown ? 0 : 1, 0, newest)
        case .confirmation: return (2, lastTurn[name.namespace] ?? 0, newest)
        }
    }

    /// Takes a token for a second request of a lookup in progress, unless another lookup is waiting for one.
    mutating func takeTokenForRetry(at now: ContinuousClock.Instant) -> Bool {
        entries.count == underWayCount && rateLimit.take(at: now)
    }

    /// Ends a lookup.
    ///
    /// - Returns: All remaining waiters for it.
    mutating func finish(_ name: NamespacedName) -> [Waiter] {
        guard let entry = entries.removeValue(forKey: name) else { return [] }
        if entry.isUnderWay {
            underWayCount -= 1
            underWayIn.add(-1, to: entry.flow)
        }
        count(entry.flow, -entry.waiters.count)
        return entry.waiters.map(\.waiter)
    }

    /// Removes all waiters; no more are added after that.
    ///
    /// - Returns: All waiters.
    mutating func close() -> [NamedWaiter] {
        isClosed = true
        return Array(entries.keys).flatMap { name in finish(name).map { (name, $0) } }
    }
}

extension Dictionary where Value == Int {
    /// Adds to a count, and removes the count if it becomes zero.
    fileprivate mutating func add(_ change: Int, to key: Key) {
        let value = self[key, default: 0] + change
        self[key] = value == 0 ? nil : value
    }
}
