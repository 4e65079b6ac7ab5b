/// AWS' answer to a pod that requests a role.
package enum TrustAnswer: Equatable, Sendable {
    /// - Parameter statement: The statement that allows it.
    case allowed(statement: String)
    /// - Parameter statement: The statement that denies it, regardless of others that allow it.
    case denied(statement: String)
    /// - Parameter miss: Why the nearest statement does not allow it.
    case notAllowed(miss: String)
    /// - Parameter reason: The unknown fact that it depends on.
    case undecided(reason: String)
}

extension TrustPolicy {
    /// The one action of the call.
    static let action = "sts:AssumeRoleWithWebIdentity"

    /// Evaluates the policy as IAM does: a single statement that allows the call suffices, unless another one denies it
    /// (IAM User Guide, "Policy evaluation logic").
    package func answer(to question: TrustQuestion) -> TrustAnswer {
        let results = statements.map { ($0, $0.evaluate(question, hasVariables: hasVariables)) }
        let denials = results.filter { $0.0.effect == .deny }
        let allowances = results.filter { $0.0.effect == .allow }
        if let (statement, _) = denials.first(where: { $0.1.truth == .yes }) {
            return .denied(statement: statement.name)
        }
        let allowing = allowances.first { $0.1.truth == .yes }
        guard let open = (allowing.map { _ in denials } ?? allowances).first(where: { $0.1.truth == .unknown }) else {
            if let (statement, _) = allowing { return .allowed(statement: statement.name) }
            return .notAllowed(miss: Self.nearestMiss(allowances))
        }
        let verb = allowing == nil ? "allows" : "denies"
        return .undecided(reason: "\(open.0.name) \(verb) by \(Self.some(open.1.unknowns, separator: " and "))")
    }

    private static func nearestMiss(_ results: [(Statement, Statement.Result)]) -> String {
        guard let (statement, result) = results.min(by: { $0.1.distance < $1.1.distance }) else {
            return "no statement allows anything"
        }
        return "\(statement.name) \(some(result.misses.map(\.text), separator: ", and "))"
    }

    /// The first of possibly very many texts.
    private static func some(_ texts: [String], separator: String) -> String {
        let rest = texts.count > 3 ? "\(separator)\(texts.count - 3) more" : ""
        return texts.prefix(3).joined(separator: separator) + rest
    }
}

extension TrustPolicy.Statement {
    /// Whether the statement applies to a call.
    struct Result {
        var truth: Truth
        /// Why it does not apply; empty unless `truth` is `no`.
        var misses: [TrustMiss]
        /// The unknown facts that it depends on, for the end of a sentence.
        var unknowns: [String]

        /// How far the statement is from applying to the call.
        var distance: Int { misses.map(\.distance).reduce(0, +) }
    }

    func evaluate(_ question: TrustQuestion, hasVariables: Bool) -> Result {
        var parts = [principal.evaluate(question), action.evaluate()]
        parts += conditions.map { $0.evaluate(question, hasVariables: hasVariables) }
        return Result(
            truth: .all(parts.map(\.truth)),
            misses: parts.compactMap(\.miss),
            unknowns: parts.compactMap(\.unknown)
        )
    }
}

/// The result of a part of a statement for a call.
enum PartResult {
    case yes
    case no(TrustMiss)
    /// - Parameter reason: What is not known, for the end of a sentence.
    case unknown(reason: String)

    var truth: Truth {
        switch self {
        case .yes: .yes
        case .no: .no
        case .unknown: .unknown
        }
    }

    var miss: TrustMiss? { if case .no(let miss) = self { miss } else { nil } }

    var unknown: String? { if case .unknown(let reason) = self { reason } else { nil } }
}

extension TrustPolicy.Principal {
    /// `"*"` and `{"AWS": "*"}`, which are equivalent. A caller with a token has no AWS credentials; AWS does not
    /// document whether such callers are included in all principals (IAM User Guide, "IAM JSON policy elements:
    /// Principal").
    private static var anyPrincipal: PartResult { .unknown(reason: "the principal \"*\"") }

    func evaluate(_ question: TrustQuestion) -> PartResult {
        switch self {
        case .everybody: return Self.anyPrincipal
        case .allBut: return .unknown(reason: "NotPrincipal")
        case .those(let federated, let others):
            if federated.contains(question.provider) { return .yes }
            if others.contains("AWS *") { return Self.anyPrincipal }
            // IAM does not support wildcards within a name, but "*" alone may stand for every provider.
            if federated.contains("*") { return .unknown(reason: "the principal {\"Federated\": \"*\"}") }
            return .no(.principal(federated: federated, others: others, question))
        }
    }
}

extension TrustPolicy.Action {
    func evaluate() -> PartResult {
        guard case .those(let actions) = self else { return .unknown(reason: "NotAction") }
        let wanted = TrustPolicy.action.lowercased()
        let isAmong = actions.contains {
            PolicyPattern($0.lowercased(), hasWildcards: true, hasVariables: false).matches(wanted) == .yes
        }
        return isAmong ? .yes : .no(.action(actions))
    }
}
