internal import JSON

extension TrustPolicy.Condition {
    /// The call's value for a condition key. The names of keys are not case-sensitive.
    enum KeyValue: Equatable {
        /// - Parameter claim: The claim of the token.
        case claim(String, value: String)
        case absent
        case unknown
    }

    static func value(of key: String, _ question: TrustQuestion) -> KeyValue {
        let key = key.lowercased()
        for (claim, value) in [("sub", question.subject), ("aud", question.audience)]
        where key == question.issuer.key(claim).lowercased() {
            return .claim(claim, value: value)
        }
        if key.hasPrefix(question.issuer.key("").lowercased()) { return .unknown }
        // The keys of tokens begin with the hosts of their issuers, which contain a dot; all others with the name of a
        // service, as in `aws:SourceIp` and `aws:ResourceTag/NAME`. No key has a scheme.
        let scheme = "https://"
        let name = key.hasPrefix(scheme) ? key.dropFirst(scheme.count) : key[...]
        let owner = name.prefix { $0 != ":" && $0 != "/" }
        return owner.contains(".") ? .absent : .unknown
    }

    func evaluate(_ question: TrustQuestion, hasVariables: Bool) -> PartResult {
        let name = "\(operatorName.cut(to: 60)) on \(key.cut(to: 200))"
        guard let compare = ConditionOperator(operatorName) else {
            return .unknown(reason: "the condition \(name), an operator that is not known here")
        }
        let value = Self.value(of: key, question)
        if value == .unknown { return .unknown(reason: "the condition \(name), which depends on the call") }
        let truth: Truth
        if compare.comparison == .null {
            truth = isNull(value)
        } else if case .claim(_, let text) = value {
            let found = Truth.any(
                values.lazy.map {
                    pattern($0, compare.comparison, hasVariables).matches(
                        compare.comparison.ignoresCase ? text.lowercased() : text
                    )
                }
            )
            truth = compare.comparison.isNegated ? !found : found
        } else {
            truth = Truth(compare.resultIfAbsent)
        }
        switch truth {
        case .yes: return .yes
        case .no: return .no(.condition(self, compare.comparison, value, question))
        case .unknown:
            let what = compare.comparison == .null ? "a value other than true and false" : "a variable"
            return .unknown(reason: "the condition \(name), which has \(what)")
        }
    }

    func pattern(
        _ text: String,
        _ comparison: ConditionOperator.Comparison,
        _ hasVariables: Bool
    ) -> PolicyPattern {
        PolicyPattern(
            comparison.ignoresCase ? text.lowercased() : text,
            hasWildcards: comparison.hasWildcards,
            hasVariables: hasVariables
        )
    }

    /// `true` tests whether the key is absent, `false` whether it is present.
    private func isNull(_ value: KeyValue) -> Truth {
        .any(
            values.map { text in
                switch text.lowercased() {
                case "true": Truth(value == .absent)
                case "false": Truth(value != .absent)
                default: .unknown
                }
            }
        )
    }
}
