internal import JSON

/// Determines how one list becomes another without losing elements.
enum SequenceAlignment {
    enum Step: Equatable {
        /// The old element at the first index becomes the new one at the second.
        case change(Int, Int)
        /// New elements of a range come before the old element at an index, or after the last one.
        case insert(Range<Int>, at: Int)
    }

    /// - Returns: Nil if elements disappear.
    static func steps(from old: [JSONTree], to new: [JSONTree]) -> [Step]? {
        guard new.count >= old.count else { return nil }
        if old.count == new.count { return old.indices.map { .change($0, $0) } }
        return insertions(old, new) ?? ends(old, new)
    }

    /// The steps if all old elements still exist, in the same order.
    private static func insertions(_ old: [JSONTree], _ new: [JSONTree]) -> [Step]? {
        var steps: [Step] = []
        var next = 0
        for (index, element) in old.enumerated() {
            guard let found = new[next...].firstIndex(of: element) else { return nil }
            if found > next { steps.append(.insert(next..<found, at: index)) }
            next = found + 1
        }
        if next < new.count { steps.append(.insert(next..<new.count, at: old.count)) }
        return steps
    }

    /// The steps if elements have changed too: equal elements at both ends are kept, the old elements between them
    /// become the first new ones, and the rest of the new ones is inserted.
    private static func ends(_ old: [JSONTree], _ new: [JSONTree]) -> [Step] {
        let tail = zip(old.reversed(), new.reversed()).prefix { $0 == $1 }.count
        let changed = old.count - tail
        var steps: [Step] = (0..<changed).map { .change($0, $0) }
        if changed < new.count - tail { steps.append(.insert(changed..<new.count - tail, at: changed)) }
        return steps
    }
}
