/// Who else may assume a role that a ServiceAccount may assume.
package enum TrustBreadth: Equatable, Sendable {
    /// Every pod of the cluster.
    case everyPod
    /// Pods of namespaces that a wildcard happens to match.
    ///
    /// - Parameter example: The claim `sub` of one of them.
    case otherNamespaces(example: String)
    /// Pods that the policy does not name, and does not exclude either.
    ///
    /// - Parameter example: As above.
    case others(example: String)
    /// - Parameter reason: Why it is not known.
    case undecided(reason: String)
}

extension TrustPolicy {
    /// Asks the policy the same question for ServiceAccounts that it is unlikely to be intended for, with every
    /// audience that it contains, and one that it does not: a pod may request a token for any audience. This takes all
    /// conditions and statements together into account.
    ///
    /// - Parameters:
    ///   - question: A question whose answer is `allowed`.
    ///   - work: The maximum number of characters of policies that are read for it. Two hundred questions are asked in
    ///     any case.
    /// - Returns: Nil if only the question's own namespace may assume the role, apart from those that are named in
    ///   full.
    package func breadth(_ question: TrustQuestion, work: Int = 40_000_000) -> TrustBreadth? {
        var probe = BreadthProbe(self, question, work: work)
        let strangers = Strangers(self, question)
        for audience in probe.audiences where strangers.plain.allSatisfy({ probe.isAllowed($0, audience) }) {
            return .everyPod
        }
        let patterns = values(of: "sub", question.issuer) { $0 == .stringLike && $1 == .allow }
        for pattern in patterns.map(\.pattern).filter(\.hasWildcards) where probe.hasQuestions {
            for filler in strangers.fillers {
                guard let subject = SubjectPattern(pattern, filler: filler).acrossNamespaces() else { break }
                guard strangers.areOfOtherNamespace(subject) else { continue }
                for audience in probe.audiences where probe.isAllowed(subject, audience) {
                    return .otherNamespaces(example: subject)
                }
            }
        }
        for subject in strangers.plain + strangers.evasive {
            for audience in probe.audiences where probe.isAllowed(subject, audience) {
                return .others(example: subject)
            }
        }
        if probe.isSpent {
            return .undecided(reason: "it has more patterns and audiences than can be tried")
        }
        return probe.reason.map { .undecided(reason: $0) }
    }

    /// The values of a claim in statements, under some operators.
    fileprivate func values(
        of claim: String,
        _ issuer: TrustedIssuer,
        _ isWanted: (ConditionOperator.Comparison, Statement.Effect) -> Bool
    ) -> [(text: String, pattern: PolicyPattern)] {
        let key = issuer.key(claim).lowercased()
        return statements.flatMap { statement in
            statement.conditions.filter { $0.key.lowercased() == key }.flatMap { condition in
                guard let comparison = ConditionOperator(condition.operatorName)?.comparison,
                    isWanted(comparison, statement.effect)
                else { return [(text: String, pattern: PolicyPattern)]() }
                return condition.values.map { ($0, condition.pattern($0, comparison, hasVariables)) }
            }
        }
    }

    /// The number of characters that must be read to answer a question.
    fileprivate var length: Int {
        statements.reduce(1) { sum, statement in
            statement.conditions.reduce(sum + 200) {
                $0 + $1.key.utf8.count + $1.values.reduce(50) { $0 + $1.utf8.count }
            }
        }
    }
}

/// Asks a policy a limited number of questions.
private struct BreadthProbe {
    private static let mostAudiences = 1000
    /// An audience that no policy contains.
    private static let otherAudience = "audience-of-nobody.invalid"

    let audiences: [String]
    /// Whether the limit was reached before all questions were asked.
    private(set) var isSpent: Bool
    /// What the first unknown answer depends on.
    private(set) var reason: String?

    private let policy: TrustPolicy
    private let question: TrustQuestion
    private var questions: Int

    init(_ policy: TrustPolicy, _ question: TrustQuestion, work: Int) {
        self.policy = policy
        self.question = question
        let named = policy.values(of: "aud", question.issuer) { comparison, _ in comparison != .null }.map(\.text)
        let known = [question.audience, Self.otherAudience]
        let others = Set(named).subtracting(known).sorted()
        audiences = known + others.prefix(Self.mostAudiences)
        isSpent = others.count > Self.mostAudiences
        questions = max(200, work / policy.length)
    }

    var hasQuestions: Bool { questions > 0 }

    mutating func isAllowed(_ subject: String, _ audience: String) -> Bool {
        guard hasQuestions else {
            isSpent = true
            return false
        }
        questions -= 1
        var question = question
        (question.subject, question.audience) = (subject, audience)
        switch policy.answer(to: question) {
        case .allowed: return true
        case .undecided(let reason): self.reason = self.reason ?? reason
        case .denied, .notAllowed: break
        }
        return false
    }
}

/// ServiceAccounts that a policy is unlikely to be intended for.
private struct Strangers {
    /// Names that no policy is written for.
    let plain: [String]
    /// Names with characters that the policy's exclusions do not contain, and of several lengths.
    let evasive: [String]
    /// What may stand for a wildcard.
    let fillers: [Unicode.Scalar]

    private static let lengths = [1, 2, 3, 4, 6, 9, 16, 33, 63]
    private let own: Substring?

    init(_ policy: TrustPolicy, _ question: TrustQuestion) {
        own = Self.namespace(of: question.subject)
        let excluded = policy.values(of: "sub", question.issuer) { $0.isNegated || $1 == .deny }
        var letters = Array("xyabcdefghijklmnopqrstuvwz0123456789".unicodeScalars)
        for (_, pattern) in excluded {
            let prefix = SubjectPattern.prefix.unicodeScalars.map { PolicyPattern.Token.literal($0) }
            let rest =
                pattern.tokens.starts(with: prefix) ? pattern.tokens.dropFirst(prefix.count) : pattern.tokens[...]
            letters.removeAll { rest.contains(.literal($0)) }
        }
        let free = [letters.first, letters.last].compactMap(\.self)
        fillers = ["x", "y"] + free.filter { $0 != "x" && $0 != "y" }
        let evasive = free.flatMap { letter in
            Self.lengths.map { length in
                let name = String(repeating: Character(letter), count: length)
                return "\(SubjectPattern.prefix)\(name):\(name)"
            }
        }
        let (own, plain) = (own, ["qx0-elsewhere:qx0-somebody", "z-9w:1-v"].map { SubjectPattern.prefix + $0 })
        self.plain = plain.filter { Self.namespace(of: $0) != own }
        self.evasive = evasive.filter { Self.namespace(of: $0) != own }
    }

    func areOfOtherNamespace(_ subject: String) -> Bool { Self.namespace(of: subject) != own }

    private static func namespace(of subject: String) -> Substring? {
        subject.split(separator: ":", omittingEmptySubsequences: false).dropFirst(2).first
    }
}
