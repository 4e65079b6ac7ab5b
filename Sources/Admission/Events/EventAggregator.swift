internal import KubernetesObjects
internal import ServiceSupport

/// Decides which Events (`core/v1`) are written, and when. Each problem of a ServiceAccount has one Event, which counts
/// how often it has occurred, and the rate of writes is limited. The aggregator does no I/O and has no clock.
struct EventAggregator {
    struct Key: Hashable {
        let account: NamespacedName
        /// The reason in the form used in Events, such as `MountConflict`.
        let reason: String
        let message: String
    }

    /// The state that an Event should have.
    struct Occurrence: Equatable {
        /// The time of the first occurrence in seconds since the Unix epoch.
        var first: Int
        /// The time of the last occurrence in seconds since the Unix epoch.
        var last: Int
        var count: Int
        /// The name of the Event in the API server; nil if it has not been created yet.
        var name: String?
    }

    enum Action: Equatable {
        case write(Key, Occurrence)
        case wait(Duration)
        /// Wait until something is recorded.
        case idle
    }

    /// Why an Event is never written, or is written incompletely.
    enum Drop: String, CaseIterable {
        /// There were too many other Events.
        case capacity
        /// Writing it failed several times.
        case failed
        /// Its ServiceAccount does not exist.
        case accountNotFound = "account_not_found"
    }

    private struct Entry {
        var occurrence: Occurrence
        /// Whether anything has been recorded since the last write.
        var isDirty = true
        var notBefore: ContinuousClock.Instant
        var failures = 0
        /// Whether the ServiceAccount is known to exist; a client may have invented it.
        var isKnown: Bool

        /// The rank of the entry; the one with the smallest rank is evicted.
        var rank: (Int, Int) { (isKnown ? 1 : 0, occurrence.last) }
    }

    /// The number of problems that are remembered. Beyond this number, the oldest are evicted, starting with those of
    /// ServiceAccounts that are not known to exist.
    static let capacity = 1000
    /// The minimum time between two writes of the same Event.
    static let interval = Duration.seconds(10)
    /// The time in seconds for which the API server keeps an Event by default (`--event-ttl`); after that, a new Event
    /// is created.
    static let lifetime = 3600
    static let maximumFailures = 5

    /// How often Events were dropped.
    private(set) var drops: [Drop: Int] = [:]
    private var entries: [Key: Entry] = [:]
    private var rateLimit = RateLimit(rate: 5, burst: 25)

    /// - Parameters:
    ///   - isKnown: Whether the ServiceAccount is known to exist.
    ///   - time: The current time in seconds since the Unix epoch.
    mutating func record(_ key: Key, isKnown: Bool = true, time: Int, at now: ContinuousClock.Instant) {
        if var entry = entries[key], time - entry.occurrence.last < Self.lifetime {
            entry.occurrence.last = time
            entry.occurrence.count += 1
            entry.isDirty = true
            entry.isKnown = isKnown
            entries[key] = entry
            return
        }
        if entries.count >= Self.capacity, let evicted = entries.min(by: { $0.value.rank < $1.value.rank })?.key {
            if entries[evicted]?.isDirty ?? false { drops[.capacity, default: 0] += 1 }
            entries[evicted] = nil
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

    /// - Parameter name: The name of the Event in the API server.
    mutating func eventCreated(_ key: Key, name: String) {
        entries[key]?.occurrence.name = name
        entries[key]?.failures = 0
    }

    /// Schedules another attempt to write the Event, unless it has failed too often.
    mutating func writeFailed(_ key: Key) {
        guard var entry = entries[key] else { return }
        entry.failures += 1
        entry.isDirty = entry.failures < Self.maximumFailures
        if !entry.isDirty { drops[.failed, default: 0] += 1 }
        entries[key] = entry
    }

    /// Schedules the creation of a new Event, because the previous one has been deleted.
    mutating func eventNotFound(_ key: Key) {
        entries[key]?.occurrence.name = nil
        writeFailed(key)
    }

    /// Drops an Event whose ServiceAccount does not exist.
    mutating func forget(_ key: Key) {
        if entries.removeValue(forKey: key) != nil { drops[.accountNotFound, default: 0] += 1 }
    }
}
