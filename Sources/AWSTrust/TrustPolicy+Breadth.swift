/// Who else may take a role that a ServiceAccount may take.
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
    /// Asks the policy the same for ServiceAccounts that it can hardly mean, with every audience that it names, and one that it
    /// does not: a pod may ask for a token of any. So all conditions and statements count together.
    ///
    /// - Parameters:
    ///   - question: One whose answer is `allowed`.
    ///   - work: How many characters of policies are read for it. Two hundred questions are asked in any case.
    /// - Returns: Nil if no namespace but the question's own may take the role, apart from those that are named in full.
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

    /// The values that statements have for a claim, under some operators.
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

    /// How much has to be read to answer a question, in characters.
    fileprivate var length: Int {
        statements.reduce(1) { sum, statement in
            statement.conditions.reduce(sum + 200) {
                $0 + $1.key.utf8.count + $1.values.reduce(50) { $0 + $1.utf8.count }
            }
        }
    }
}

/// Asks a policy many questions, with a bound.
private struct BreadthProbe {
    private static let mostAudiences = 1000
    /// One that nobody would name.
    private static let otherAudience = "audience-of-nobody.invalid"

    let audiences: [String]
    /// Whether not all questions could be asked.
    private(set) var isSpent: Bool
    /// What the first answer that is not known depends on.
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

/// ServiceAccounts that a policy can hardly mean.
private struct Strangers {
    /// Such as no policy is written for.
    let plain: [String]
    /// Of characters that what the policy excludes does not have, and of several lengths.
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
