internal import AWSIdentity
internal import JSON

/// The reason why a part of a statement does not apply to a call.
struct TrustMiss: Equatable {
    /// How much would have to be changed, to find the statement that was intended.
    let distance: Int
    /// The end of a sentence that begins with the statement.
    let text: String

    /// The maximum number of bytes of a value that are shown.
    private static let shown = 200

    // MARK: Principal

    static func principal(federated: [String], others: [String], _ question: TrustQuestion) -> TrustMiss {
        let wanted = "this cluster's is \(question.provider)"
        let providers = federated.filter { $0.contains(":oidc-provider/") }
        if let nearest = nearest(providers, to: question.provider) {
            let hint = hint(provider: nearest.text, question)
            return TrustMiss(
                distance: 20 + min(nearest.distance, 60),
                text: "trusts the provider \(shown(nearest.text, of: providers.count))\(hint), \(wanted)"
            )
        }
        let all = federated + others
        let first = all.first.map { shown($0, of: all.count) } ?? "nobody"
        return TrustMiss(distance: 1000, text: "trusts \(first) and not the cluster's provider \(question.provider)")
    }

    private static func hint(provider: String, _ question: TrustQuestion) -> String {
        let parts = provider.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false)
        guard parts.count == 6 else { return "" }
        let name = parts[5].dropFirst("oidc-provider/".count)
        guard name == question.issuer.name else {
            if name.hasPrefix("https://") { return " with https://, which is no part of its name" }
            return name.lowercased() == question.issuer.name.lowercased() ? " in other letters" : " of another issuer"
        }
        guard parts[4] == question.role.account else { return " of another account than the role's" }
        return parts[1] == question.role.partition ? "" : " of another partition than the role's"
    }

    // MARK: Action

    static func action(_ actions: [String]) -> TrustMiss {
        let first = actions.first.map { shown($0, of: actions.count) } ?? "nothing"
        return TrustMiss(distance: 100, text: "is for the action \(first) and not for \(TrustPolicy.action)")
    }

    // MARK: Condition

    static func condition(
        _ condition: TrustPolicy.Condition,
        _ comparison: ConditionOperator.Comparison,
        _ value: TrustPolicy.Condition.KeyValue,
        _ question: TrustQuestion
    ) -> TrustMiss {
        guard case .claim(let claim, let text) = value, comparison != .null else {
            let name = "\(condition.operatorName.cut(to: 60)) on \(condition.key.cut(to: shown))"
            return TrustMiss(distance: 30, text: "has the condition \(name)\(hint(key: condition.key, question))")
        }
        if comparison.isNegated { return TrustMiss(distance: 60, text: "excludes \(claim) \(text.cut(to: shown))") }
        guard let nearest = nearest(condition.values, to: text) else {
            return TrustMiss(distance: 60, text: "has a condition on \(claim) without values")
        }
        let like = comparison.hasWildcards ? " like" : ""
        let hint = hint(value: nearest.text, text, comparison)
        let allowed = "allows \(claim)\(like) \(shown(nearest.text, of: condition.values.count))\(hint)"
        return TrustMiss(distance: 1 + min(nearest.distance, 60), text: "\(allowed), this is \(text.cut(to: shown))")
    }

    private static func hint(key: String, _ question: TrustQuestion) -> String {
        let (key, own) = (key.lowercased(), question.issuer.name.lowercased())
        let issuer = key.prefix(upTo: key.lastIndex(of: ":") ?? key.endIndex)
        let claim = key.dropFirst(issuer.count + 1)
        guard claim == "sub" || claim == "aud", issuer != own else { return "" }
        let reason = issuer == "https://\(own)" ? "without https:// it" : "a key of another issuer, this cluster's"
        return ", \(reason) is \(question.issuer.key(String(claim)))"
    }

    private static func hint(value: String, _ text: String, _ comparison: ConditionOperator.Comparison) -> String {
        if value.lowercased() == text.lowercased() { return " in other letters" }
        let pattern = PolicyPattern(value, hasWildcards: true, hasVariables: false)
        guard !comparison.hasWildcards, pattern.hasWildcards, pattern.matches(text) == .yes else { return "" }
        return " (its * and ? are taken literally without StringLike)"
    }

    // MARK: Values

    private static func shown(_ text: String, of count: Int) -> String {
        "\(text.cut(to: shown))\(count > 1 ? " and \(count - 1) more" : "")"
    }

    /// The value that would have to be changed least; nil if there are none.
    private static func nearest(_ values: [String], to text: String) -> (text: String, distance: Int)? {
        let candidates = values.prefix(200).map { (text: $0, distance: EditDistance.between($0, text)) }
        return candidates.min { $0.distance < $1.distance }
    }
}

enum EditDistance {
    /// The maximum number of characters of a text that are compared.
    private static let length = 300

    /// The number of characters that must be inserted, removed or replaced (Levenshtein distance).
    static func between(_ one: String, _ other: String) -> Int {
        let other = Array(other.unicodeScalars.prefix(length))
        var row = Array(0...other.count)
        for (line, scalar) in one.unicodeScalars.prefix(length).enumerated() {
            var diagonal = row[0]
            row[0] = line + 1
            for (column, candidate) in other.enumerated() {
                let replaced = diagonal + (scalar == candidate ? 0 : 1)
                diagonal = row[column + 1]
                row[column + 1] = min(replaced, row[column] + 1, diagonal + 1)
            }
        }
        return row[other.count]
    }
}
