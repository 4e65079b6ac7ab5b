/// How a condition compares (IAM User Guide, "IAM JSON policy elements: Condition operators").
struct ConditionOperator: Equatable {
    enum Comparison: String, CaseIterable {
        case stringEquals = "StringEquals"
        case stringNotEquals = "StringNotEquals"
        case stringEqualsIgnoreCase = "StringEqualsIgnoreCase"
        case stringNotEqualsIgnoreCase = "StringNotEqualsIgnoreCase"
        case stringLike = "StringLike"
        case stringNotLike = "StringNotLike"
        case null = "Null"

        /// Whether it is true if nothing matches.
        var isNegated: Bool {
            switch self {
            case .stringNotEquals, .stringNotEqualsIgnoreCase, .stringNotLike: true
            case .stringEquals, .stringEqualsIgnoreCase, .stringLike, .null: false
            }
        }

        /// Whether its values are those that match.
        var hasPositiveValues: Bool { !isNegated && self != .null }

        var hasWildcards: Bool { self == .stringLike || self == .stringNotLike }

        var ignoresCase: Bool { self == .stringEqualsIgnoreCase || self == .stringNotEqualsIgnoreCase }
    }

    enum Quantifier: String, CaseIterable {
        case any = "ForAnyValue:"
        case all = "ForAllValues:"
    }

    private static let ifExists = "IfExists"

    /// The quantifier for the values of a key in the request; nil for keys with at most one value.
    let quantifier: Quantifier?
    let comparison: Comparison
    /// Whether it is true if the request has no such key.
    let isTrueIfAbsent: Bool

    /// Fails for operators that do not compare texts.
    init?(_ name: String) {
        quantifier = Quantifier.allCases.first { name.hasPrefix($0.rawValue) }
        var rest = Substring(name).dropFirst(quantifier?.rawValue.count ?? 0)
        isTrueIfAbsent = rest.hasSuffix(Self.ifExists)
        if isTrueIfAbsent { rest = rest.dropLast(Self.ifExists.count) }
        guard let comparison = Comparison(rawValue: String(rest)) else { return nil }
        // `Null` tests the key itself, so it has no other forms.
        guard comparison != .null || (quantifier == nil && !isTrueIfAbsent) else { return nil }
        self.comparison = comparison
    }

    /// The result for a key that the request does not have, except for `Null`.
    var resultIfAbsent: Bool {
        if isTrueIfAbsent { return true }
        switch quantifier {
        case .all: return true
        case .any: return false
        case nil: return comparison.isNegated
        }
    }
}
