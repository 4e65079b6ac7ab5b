internal import KubernetesObjects
internal import PodIdentity
internal import ServiceSupport

/// Which object is looked up next, and for whom. Does no I/O and has no clock.
///
/// Demand can be far above the rate, from one namespace or from somebody who makes names up. So
/// - a name is asked for once, however many wait for it, and not at all once all of them have given up;
/// - a token is taken when a lookup starts, so that what is never asked for costs nothing;
/// - who came last is served first: who came first has the least time left, and might not live to see an answer;
/// - namespaces take turns, and those that are known take turns with those that nobody has heard of, which may be made up
///   and count as one;
/// - what is unknown comes before what is only to be confirmed.
struct LookupQueue<Waiter> {
    struct Limits: Equatable, Sendable {
        /// Those that wait, for whatever name. Where there are more, the share with most of them gives way.
        var waiting = 256
        /// Lookups at the same time; a share has half of them at most.
        var underWay = 128
    }

    enum Kind: Equatable, Sendable {
        /// In a namespace of which other objects are known.
        case unknown
        /// In a namespace of which nothing is known.
        case unknownNamespace
        /// Known, but perhaps out of date.
        case confirmation
    }

    /// A waiter, and what it waits for.
    typealias Named = (name: NamespacedName, waiter: Waiter)

    enum Action: Equatable {
        case ask(NamespacedName)
        /// Until there is a token, or something else changes.
        case wait(Duration)
        /// Until something changes.
        case idle
    }

    /// Tells waiters apart.
    struct Ticket: Hashable, Sendable {
        fileprivate let name: NamespacedName
        fileprivate let number: UInt64
    }

    /// Those who wait and are under way are counted by it.
    private enum Share: Hashable {
        case namespace(String)
        case unknownNamespaces

        init(_ name: NamespacedName, _ kind: Kind) {
            self = kind == .unknownNamespace ? .unknownNamespaces : .namespace(name.namespace)
        }
    }

    private struct Entry {
        let kind: Kind
        let share: Share
        /// Of its first waiter: the larger, the later.
        let arrival: UInt64
        var isUnderWay = false
        var waiters: [(number: UInt64, deadline: ContinuousClock.Instant, waiter: Waiter)] = []
    }

    private static var rememberedNamespaces: Int { 10_000 }

    private let limits: Limits
    private var rateLimit: RateLimit
    private var entries: [NamespacedName: Entry] = [:]
    private var waitingIn: [Share: Int] = [:]
    private var underWayIn: [Share: Int] = [:]
    private(set) var waitingCount = 0
    private var underWayCount = 0
    private var arrivals: UInt64 = 0
    /// When a known namespace had its last turn, in lookups started.
    private var lastTurn: [String: UInt64] = [:]
    private var turns: UInt64 = 0
    private var lastKind = Kind.unknownNamespace
    private var isClosed = false

    init(rateLimit: RateLimit, limits: Limits = Limits()) {
        self.rateLimit = rateLimit
        self.limits = limits
    }

    // MARK: Waiters

    /// - Returns: no ticket if there is no room; and who gives way, where somebody does.
    mutating func add(
        _ waiter: Waiter,
        for name: NamespacedName,
        _ kind: Kind,
        until deadline: ContinuousClock.Instant
    ) -> (ticket: Ticket?, givingWay: Named?) {
        guard !isClosed else { return (nil, nil) }
        let share = entries[name]?.share ?? Share(name, kind)
        var givingWay: Named?
        if waitingCount >= limits.waiting {
            guard let largest = waitingIn.max(by: { $0.value < $1.value }),
                largest.value > waitingIn[share, default: 0] + 1
            else { return (nil, nil) }
            givingWay = removeOldest(in: largest.key)
        }
        arrivals += 1
        entries[name, default: Entry(kind: kind, share: share, arrival: arrivals)].waiters.append(
            (arrivals, deadline, waiter)
        )
        count(share, 1)
        return (Ticket(name: name, number: arrivals), givingWay)
    }

    /// The waiter's time is over.
    mutating func giveUp(_ ticket: Ticket) -> Waiter? {
        guard let index = entries[ticket.name]?.waiters.firstIndex(where: { $0.number == ticket.number }) else {
            return nil
        }
        return remove(at: index, of: ticket.name)
    }

    private mutating func removeOldest(in share: Share) -> Named? {
        let candidates = entries.filter { $0.value.share == share && !$0.value.waiters.isEmpty }
        let oldest = candidates.min { ($0.value.waiters.first?.number ?? 0) < ($1.value.waiters.first?.number ?? 0) }
        guard let name = oldest?.key, let waiter = remove(at: 0, of: name) else { return nil }
        return (name, waiter)
    }

    private mutating func remove(at index: Int, of name: NamespacedName) -> Waiter? {
        guard var entry = entries[name] else { return nil }
        let waiter = entry.waiters.remove(at: index).waiter
        entries[name] = entry.waiters.isEmpty && !entry.isUnderWay ? nil : entry
        count(entry.share, -1)
        return waiter
    }

    private mutating func count(_ share: Share, _ change: Int) {
        waitingCount += change
        waitingIn.add(change, to: share)
    }

    // MARK: Lookups

    /// - Parameter now: also decides who has no time left.
    mutating func next(at now: ContinuousClock.Instant) -> Action {
        guard underWayCount < limits.underWay, entries.count > underWayCount else { return .idle }
        let delay = rateLimit.delay(at: now)
        guard delay == .zero else { return .wait(delay) }
        guard let name = candidate(at: now), rateLimit.take(at: now) else { return .idle }
        start(name)
        return .ask(name)
    }

    private mutating func start(_ name: NamespacedName) {
        guard let entry = entries[name] else { return }
        entries[name]?.isUnderWay = true
        underWayCount += 1
        underWayIn.add(1, to: entry.share)
        lastKind = entry.kind
        guard entry.kind != .unknownNamespace else { return }
        turns += 1
        // Of a cluster in which namespaces come and go; then they all start from the same line again.
        if lastTurn.count >= Self.rememberedNamespaces { lastTurn.removeAll() }
        lastTurn[name.namespace] = turns
    }

    private func candidate(at now: ContinuousClock.Instant) -> NamespacedName? {
        var best: (rank: (Int, UInt64, UInt64), name: NamespacedName)?
        for (name, entry) in entries where !entry.isUnderWay {
            guard underWayIn[entry.share, default: 0] < max(1, limits.underWay / 2),
                entry.waiters.contains(where: { $0.deadline > now })
            else { continue }
            let rank = rank(name, entry)
            if let best, best.rank <= rank { continue }
            best = (rank, name)
        }
        return best?.name
    }

    /// The smallest comes first.
    private func rank(_ name: NamespacedName, _ entry: Entry) -> (Int, UInt64, UInt64) {
        let newest = UInt64.max - entry.arrival
        switch entry.kind {
        case .unknown: return (lastKind == .unknown ? 1 : 0, lastTurn[name.namespace] ?? 0, newest)
        case .unknownNamespace: return (lastKind == .unknown ? 0 : 1, 0, newest)
        case .confirmation: return (2, lastTurn[name.namespace] ?? 0, newest)
        }
    }

    /// Takes a token for a further request of a lookup that is under way, if no other lookup waits for one.
    mutating func takeSpareToken(at now: ContinuousClock.Instant) -> Bool {
        entries.count == underWayCount && rateLimit.take(at: now)
    }

    /// The lookup is over.
    ///
    /// - Returns: those who still wait for it.
    mutating func finish(_ name: NamespacedName) -> [Waiter] {
        guard let entry = entries.removeValue(forKey: name) else { return [] }
        if entry.isUnderWay {
            underWayCount -= 1
            underWayIn.add(-1, to: entry.share)
        }
        count(entry.share, -entry.waiters.count)
        return entry.waiters.map(\.waiter)
    }

    /// Nobody may wait any longer.
    ///
    /// - Returns: all who waited.
    mutating func close() -> [Named] {
        isClosed = true
        return Array(entries.keys).flatMap { name in finish(name).map { (name, $0) } }
    }
}

extension Dictionary where Value == Int {
    /// Keeps no zeros.
    fileprivate mutating func add(_ change: Int, to key: Key) {
        let value = self[key, default: 0] + change
        self[key] = value == 0 ? nil : value
    }
}
