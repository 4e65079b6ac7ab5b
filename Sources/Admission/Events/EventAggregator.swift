internal import KubernetesObjects
internal import PodIdentity
internal import ServiceSupport

/// Which Events (`core/v1`) are to be written when: one object for each thing that goes wrong with a ServiceAccount, which
/// counts how often, and only so many writes a second. Does no I/O and has no clock.
struct EventAggregator {
    struct Key: Hashable {
        let account: NamespacedName
        let reason: Reason
        /// `EventMessage`'s.
        let message: String
    }

    /// An Event as it is to be.
    struct Occurrence: Equatable {
        /// The first and the last one, in seconds since the Unix epoch.
        var first: Int
        var last: Int
        var count: Int
        /// Of the object in the API server; nil if there is none yet.
        var name: String?
    }

    enum Action: Equatable {
        case write(Key, Occurrence)
        case wait(Duration)
        /// Until something is recorded.
        case idle
    }

    private struct Entry {
        var occurrence: Occurrence
        /// What has been recorded since the last write.
        var isDirty = true
        var notBefore: ContinuousClock.Instant
        var failures = 0
        /// Whether the ServiceAccount is known to exist; whoever asks can make others up.
        var isKnown: Bool

        /// The smallest gives way.
        var rank: (Int, Int) { (isKnown ? 1 : 0, occurrence.last) }
    }

    /// Beyond it those are forgotten that went wrong longest ago, of ServiceAccounts first that are not known to exist.
    static let capacity = 1000
    /// Between two writes of one Event.
    static let interval = Duration.seconds(10)
    /// As long as the API server keeps an Event by default (`--event-ttl`); after that a new one is made.
    static let lifetime = 3600
    static let maximumFailures = 5

    private var entries: [Key: Entry] = [:]
    private var rateLimit = RateLimit(rate: 5, burst: 25)

    /// - Parameters:
    ///   - isKnown: whether the ServiceAccount is known to exist.
    ///   - time: in seconds since the Unix epoch.
    mutating func record(_ key: Key, isKnown: Bool = true, time: Int, at now: ContinuousClock.Instant) {
        if var entry = entries[key], time - entry.occurrence.last < Self.lifetime {
            entry.occurrence.last = time
            entry.occurrence.count += 1
            entry.isDirty = true
            entry.isKnown = isKnown
            entries[key] = entry
            return
        }
        if entries.count >= Self.capacity, let victim = entries.min(by: { $0.value.rank < $1.value.rank })?.key {
            entries[victim] = nil
        }
        let occurrence = Occurrence(first: time, last: time, count: 1)
        entries[key] = Entry(occurrence: occurrence, notBefore: now, isKnown: isKnown)
    }

    mutating func nextAction(at now: ContinuousClock.Instant) -> Action {
        let dirty = entries.filter(\.value.isDirty)
        let due = dirty.filter { $0.value.notBefore <= now }.min { one, other in
            (one.value.isKnown ? 0 : 1, one.value.notBefore) < (other.value.isKnown ? 0 : 1, other.value.notBefore)
        }
        guard let (key, entry) = due else {
            return dirty.map(\.value.notBefore).min().map { .wait($0 - now) } ?? .idle
        }
        guard rateLimit.take(at: now) else { return .wait(rateLimit.delay(at: now)) }
        entries[key]?.isDirty = false
        entries[key]?.notBefore = now + Self.interval
        return .write(key, entry.occurrence)
    }

    /// - Parameter name: of the Event in the API server.
    mutating func wrote(_ key: Key, name: String) {
        entries[key]?.occurrence.name = name
        entries[key]?.failures = 0
    }

    /// The Event is written again later; nothing that fails again and again is.
    mutating func failed(_ key: Key) {
        guard var entry = entries[key] else { return }
        entry.failures += 1
        entry.isDirty = entry.failures < Self.maximumFailures
        entries[key] = entry
    }

    /// There is no Event of that name any more, or it cannot be: a new one is made.
    mutating func vanished(_ key: Key) {
        entries[key]?.occurrence.name = nil
        failed(key)
    }

    mutating func forget(_ key: Key) { entries[key] = nil }
}
