internal import JSON

/// How one list becomes another one without losing elements.
enum SequenceAlignment {
    enum Step: Equatable {
        /// The old element at the first index becomes the new one at the second.
        case change(Int, Int)
        /// New elements of a range come before the old element at an index, or behind the last one.
        case insert(Range<Int>, at: Int)
    }

    /// - Returns: nil if elements disappear.
    static func steps(from old: [JSONTree], to new: [JSONTree]) -> [Step]? {
        guard new.count >= old.count else { return nil }
        if old.count == new.count { return old.indices.map { .change($0, $0) } }
        return insertions(old, new) ?? ends(old, new)
    }

    /// If all old elements are still there, in their order.
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

    /// If elements were changed too: what is the same at both ends stays, the old elements between become the first new
    /// ones, and the rest of these is inserted.
    private static func ends(_ old: [JSONTree], _ new: [JSONTree]) -> [Step] {
        let tail = zip(old.reversed(), new.reversed()).prefix { $0 == $1 }.count
        let changed = old.count - tail
        var steps: [Step] = (0..<changed).map { .change($0, $0) }
        if changed < new.count - tail { steps.append(.insert(changed..<new.count - tail, at: changed)) }
        return steps
    }
}
