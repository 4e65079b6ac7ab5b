/// Decides which of many similar events are logged: for each key the first one, and then one in each interval, with the
/// number of those in between. The number of distinct keys that are logged is not limited.
package struct LogLimiter<Key: Hashable & Sendable>: Sendable {
    /// An element of a linked list of keys, in the order in which they last occurred.
    private struct Entry {
        var key: Key
        var logged: ContinuousClock.Instant
        var leftOut = 0
        var older: Int?
        var newer: Int?
    }

    private let interval: Duration
    private let capacity: Int
    private var entries: [Entry] = []
    private var places: [Key: Int] = [:]
    private var oldest: Int?
    private var newest: Int?

    /// - Parameter capacity: The number of keys that are remembered, at least 1. Beyond that, the key that occurred
    ///   longest ago is forgotten along with its count, and is logged at once when it occurs again.
    package init(interval: Duration, capacity: Int) {
        self.interval = interval
        self.capacity = max(capacity, 1)
    }

    /// Call this for each event.
    ///
    /// - Returns: Nil if the event should not be logged; otherwise how many events with its key were left out since the
    ///   last one that was logged.
    package mutating func occurred(_ key: Key, at now: ContinuousClock.Instant) -> Int? {
        guard let place = places[key] else {
            remember(key, at: now)
            return 0
        }
        unlink(place)
        append(place)
        guard entries[place].logged.duration(to: now) >= interval else {
            entries[place].leftOut += 1
            return nil
        }
        defer {
            entries[place].logged = now
            entries[place].leftOut = 0
        }
        return entries[place].leftOut
    }

    private mutating func remember(_ key: Key, at now: ContinuousClock.Instant) {
        let place: Int
        if entries.count >= capacity, let oldest {
            place = oldest
            unlink(place)
            places[entries[place].key] = nil
            entries[place] = Entry(key: key, logged: now)
        } else {
            place = entries.count
            entries.append(Entry(key: key, logged: now))
        }
        places[key] = place
        append(place)
    }

    private mutating func unlink(_ place: Int) {
        let (older, newer) = (entries[place].older, entries[place].newer)
        if let older { entries[older].newer = newer } else { oldest = newer }
        if let newer { entries[newer].older = older } else { newest = older }
    }

    private mutating func append(_ place: Int) {
        entries[place].older = newest
        entries[place].newer = nil
        if let newest { entries[newest].newer = place } else { oldest = place }
        newest = place
    }
}
