/// Whether an item is included, depending on the values of parameters: `when` all terms hold, `unless` any does.
struct Condition: Equatable, Sendable {
    /// A parameter that has a value (for a flag: that is set), or that has a certain value.
    struct Term: Equatable, Sendable {
        var parameter: Int
        var value: String?
    }

    var when: [Term] = []
    var unless: [Term] = []
    /// Whether the condition does not hold because of a setting.
    var isNever = false

    var isAlways: Bool { when.isEmpty && unless.isEmpty && !isNever }

    func holds(_ values: (Int) -> String) -> Bool {
        if isNever { return false }
        return when.allSatisfy { $0.holds(values) } && !unless.contains { $0.holds(values) }
    }
}

extension Condition.Term {
    func holds(_ values: (Int) -> String) -> Bool { Self.holds(values(parameter), value) }

    /// - Parameter expected: Nil if any value is accepted except that of a flag that is not set.
    static func holds(_ found: String, _ expected: String?) -> Bool {
        if let expected { return found == expected }
        return !found.isEmpty && found != Parameter.notSet
    }
}
