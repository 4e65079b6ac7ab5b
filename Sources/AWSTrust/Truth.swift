/// What is known about a condition (Kleene's three-valued logic).
enum Truth: Equatable {
    case no
    case unknown
    case yes

    init(_ value: Bool) { self = value ? .yes : .no }

    static prefix func ! (value: Truth) -> Truth {
        switch value {
        case .no: .yes
        case .unknown: .unknown
        case .yes: .no
        }
    }

    /// Whether all are true.
    static func all(_ values: some Sequence<Truth>) -> Truth {
        var result = Truth.yes
        for value in values {
            if value == .no { return .no }
            if value == .unknown { result = .unknown }
        }
        return result
    }

    /// Whether any is true.
    static func any(_ values: some Sequence<Truth>) -> Truth { !all(values.lazy.map { !$0 }) }
}
