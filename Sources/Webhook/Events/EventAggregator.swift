internal import PodIdentity

/// Which Events (`core/v1`) are to be written when: one object for each thing that goes wrong with a ServiceAccount, which
/// counts how often, and only so many writes a second. Does no I/O and has no clock.
struct EventAggregator {
    struct Key: Hashable {
        let account: NamespacedName
        let reason: Reason
        let problem: String
    }

    /// An Event as it is to be.
    struct Occurrence: Equatable {
        /// The first and the last one, in seconds since the Unix epoch.
        var first: Int
        var last: Int
        var count: Int
        var lastPod: String
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
    }

    /// More things than this are not told apart from nothing: those that went wrong longest ago are forgotten.
    static let capacity = 1000
    /// Between two writes of one Event.
    static let interval = Duration.seconds(10)
    /// As long as the API server keeps an Event by default (`--event-ttl`); after that a new one is made.
    static let lifetime = 3600
    static let maximumFailures = 5

    private var entries: [Key: Entry] = [:]
    private var rateLimit = RateLimit(rate: 5, burst: 25)

    /// - Parameter time: in seconds since the Unix epoch.
    mutating func record(_ key: Key, pod: String, time: Int, at now: ContinuousClock.Instant) {
        if var entry = entries[key], time - entry.occurrence.last < Self.lifetime {
            entry.occurrence.last = time
            entry.occurrence.count += 1
            entry.occurrence.lastPod = pod
            entry.isDirty = true
            entries[key] = entry
            return
        }
        if entries.count >= Self.capacity, let oldest = entries.min(by: Self.isOlder)?.key { entries[oldest] = nil }
        let occurrence = Occurrence(first: time, last: time, count: 1, lastPod: pod)
        entries[key] = Entry(occurrence: occurrence, notBefore: now)
    }

    private static func isOlder(_ one: (key: Key, value: Entry), _ other: (key: Key, value: Entry)) -> Bool {
        one.value.occurrence.last < other.value.occurrence.last
    }

    mutating func nextAction(at now: ContinuousClock.Instant) -> Action {
        let due = entries.filter(\.value.isDirty).min { $0.value.notBefore < $1.value.notBefore }
        guard let (key, entry) = due else { return .idle }
        guard entry.notBefore <= now else { return .wait(entry.notBefore - now) }
        var limit = rateLimit
        let delay = limit.reserve(at: now)
        guard delay == .zero else { return .wait(delay) }
        rateLimit = limit
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
