/// Who else may take a role that a ServiceAccount may take.
package enum TrustBreadth: Equatable, Sendable {
    /// Every pod of the cluster.
    case everyPod
    /// Pods of namespaces that a wildcard happens to match.
    ///
    /// - Parameter example: The claim `sub` of one of them.
    case otherNamespaces(example: String)
}

extension TrustPolicy {
    /// The most patterns and audiences of a policy that are tried.
    private static let maximumTries = 50

    /// Asks the policy the same for ServiceAccounts that it can hardly mean, with every audience that it names: a pod may ask
    /// for a token of any. So all conditions and statements count together.
    ///
    /// - Parameter question: One whose answer is `allowed`.
    /// - Returns: Nil if no namespace but the question's own may take the role, apart from those that are named in full.
    package func breadth(_ question: TrustQuestion) -> TrustBreadth? {
        let audiences = [question.audience] + values(of: "aud", question.issuer) { $0.hasPositiveValues }.map(\.text)
        let strangers = ["qx0-elsewhere:qx0-somebody", "z-9w:1-v"].map { SubjectPattern.prefix + $0 }
        for audience in audiences.prefix(Self.maximumTries)
        where strangers.allSatisfy({ isAllowed($0, audience, question) }) {
            return .everyPod
        }
        let own = question.subject.split(separator: ":", omittingEmptySubsequences: false).dropFirst(2).first
        let patterns = values(of: "sub", question.issuer) { $0 == .stringLike }.map(\.pattern).filter(\.hasWildcards)
        for pattern in patterns.prefix(Self.maximumTries) {
            for filler in ["x", "y"] as [Unicode.Scalar] {
                guard let subject = SubjectPattern(pattern, filler: filler).acrossNamespaces() else { break }
                let namespace = subject.split(separator: ":", omittingEmptySubsequences: false)[2]
                guard namespace != own else { continue }
                if audiences.prefix(Self.maximumTries).contains(where: { isAllowed(subject, $0, question) }) {
                    return .otherNamespaces(example: subject)
                }
            }
        }
        return nil
    }

    private func isAllowed(_ subject: String, _ audience: String, _ question: TrustQuestion) -> Bool {
        var question = question
        (question.subject, question.audience) = (subject, audience)
        if case .allowed = answer(to: question) { return true }
        return false
    }

    /// The values that statements which allow have for a claim, under some operators.
    private func values(
        of claim: String,
        _ issuer: TrustedIssuer,
        _ isWanted: (ConditionOperator.Comparison) -> Bool
    ) -> [(text: String, pattern: PolicyPattern)] {
        let key = issuer.key(claim).lowercased()
        let conditions = statements.filter { $0.effect == .allow }.flatMap(\.conditions)
        return conditions.filter { $0.key.lowercased() == key }.flatMap { condition in
            guard let comparison = ConditionOperator(condition.operatorName)?.comparison, isWanted(comparison) else {
                return [(text: String, pattern: PolicyPattern)]()
            }
            return condition.values.map { ($0, condition.pattern($0, comparison, hasVariables)) }
        }
    }
}

/// Finds a subject `system:serviceaccount:NAMESPACE:NAME` that a pattern matches.
struct SubjectPattern {
    static let prefix = "system:serviceaccount:"

    private static let letters = Array(prefix.unicodeScalars)
    /// The most tokens of a pattern that is looked at. No subject is as long: a namespace has at most 63 characters, and a
    /// name 253.
    private static let maximumTokens = 512

    /// Where in a subject the next character stands.
    private enum Position: Hashable {
        case prefix(Int)
        case namespace(isEmpty: Bool)
        case name(isEmpty: Bool)
    }

    private struct State: Hashable {
        var token: Int
        var position: Position
        /// Whether a wildcard has given a character of the namespace.
        var crosses: Bool
    }

    private let tokens: [PolicyPattern.Token]
    private let filler: Unicode.Scalar

    /// - Parameter filler: What wildcards stand for, a small letter.
    init(_ pattern: PolicyPattern, filler: Unicode.Scalar) {
        tokens = pattern.tokens
        self.filler = filler
    }

    /// A subject in whose namespace a wildcard gives a character, so that the pattern matches others too; nil if there is none.
    func acrossNamespaces() -> String? {
        guard tokens.count <= Self.maximumTokens else { return nil }
        // Each state is reached once. `paths` has how: from which, and with which character.
        var paths: [State: (from: State, scalar: Unicode.Scalar?)] = [:]
        let start = State(token: 0, position: .prefix(0), crosses: false)
        var rest = [start]
        var seen: Set<State> = [start]
        while let state = rest.popLast() {
            if state.token == tokens.count, state.position == .name(isEmpty: false), state.crosses {
                return text(to: state, paths)
            }
            for (next, scalar) in steps(from: state) where seen.insert(next).inserted {
                paths[next] = (state, scalar)
                rest.append(next)
            }
        }
        return nil
    }

    private func text(to end: State, _ paths: [State: (from: State, scalar: Unicode.Scalar?)]) -> String {
        var scalars: [Unicode.Scalar] = []
        var state = end
        while let step = paths[state] {
            if let scalar = step.scalar { scalars.append(scalar) }
            state = step.from
        }
        var text = ""
        text.unicodeScalars.append(contentsOf: scalars.reversed())
        return text
    }

    private func steps(from state: State) -> [(State, Unicode.Scalar?)] {
        guard state.token < tokens.count else { return [] }
        var next = state
        next.token += 1
        switch tokens[state.token] {
        case .variable: return []
        case .literal(let scalar):
            guard let position = advance(state.position, scalar) else { return [] }
            next.position = position
            return [(next, scalar)]
        case .one: return filled(from: state, to: next.token)
        case .many: return [(next, nil)] + filled(from: state, to: state.token)
        }
    }

    /// The steps of a wildcard that gives one character.
    private func filled(from state: State, to token: Int) -> [(State, Unicode.Scalar?)] {
        candidates(state.position).compactMap { scalar in
            guard let position = advance(state.position, scalar) else { return nil }
            var isInNamespace = false
            if case .namespace = position { isInNamespace = scalar == filler }
            return (State(token: token, position: position, crosses: state.crosses || isInNamespace), scalar)
        }
    }

    private func candidates(_ position: Position) -> [Unicode.Scalar] {
        switch position {
        case .prefix(let index): [Self.letters[index]]
        case .namespace: [filler, ":"]
        case .name: [filler]
        }
    }

    /// Nil if no subject has the character there.
    private func advance(_ position: Position, _ scalar: Unicode.Scalar) -> Position? {
        switch position {
        case .prefix(let index):
            guard scalar == Self.letters[index] else { return nil }
            return index + 1 < Self.letters.count ? .prefix(index + 1) : .namespace(isEmpty: true)
        case .namespace(let isEmpty):
            if scalar == ":" { return isEmpty ? nil : .name(isEmpty: true) }
            return Self.isOfName(scalar) && scalar != "." ? .namespace(isEmpty: false) : nil
        case .name: return Self.isOfName(scalar) ? .name(isEmpty: false) : nil
        }
    }

    /// Whether names in Kubernetes have the character (RFC 1123, in small letters).
    private static func isOfName(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "a"..."z", "0"..."9", "-", ".": true
        default: false
        }
    }
}
