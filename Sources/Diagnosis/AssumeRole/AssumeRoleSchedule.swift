internal import KubernetesObjects

/// Which roles are tried next, and which are not, because of what became of others.
struct AssumeRoleSchedule {
    /// What became of one.
    enum Outcome: Sendable {
        /// STS said something of the role, or it was not asked.
        case known
        /// STS gave no answer.
        case silent
        /// The API server does not let doctor have a token.
        case forbidden
    }

    /// What several roles have in common, so that they fail for the same reason.
    private enum Scope: Hashable {
        case namespace(String)
        case endpoint(String)
    }

    /// So many in a row to which the same STS gave no answer say that the others get none either.
    private static let mostSilent = 5

    private var rest: ArraySlice<WebIdentity>
    private let endpoint: @Sendable (WebIdentity) -> String
    private var silent: [String: Int] = [:]
    private var stops: [Scope: String] = [:]
    private var skipped: [Scope: Int] = [:]

    /// - Parameter endpoint: The name of the STS that is asked.
    init(_ identities: [WebIdentity], endpoint: @escaping @Sendable (WebIdentity) -> String) {
        rest = identities[...]
        self.endpoint = endpoint
    }

    mutating func next() -> WebIdentity? {
        while let identity = rest.popFirst() {
            let scopes: [Scope] = [.namespace(identity.account.namespace), .endpoint(endpoint(identity))]
            guard let scope = scopes.first(where: { stops[$0] != nil }) else { return identity }
            skipped[scope, default: 0] += 1
        }
        return nil
    }

    /// - Parameter message: That of its finding.
    mutating func record(_ outcome: Outcome, _ message: String, of identity: WebIdentity) {
        let endpoint = endpoint(identity)
        switch outcome {
        case .known: silent[endpoint] = 0
        case .silent:
            silent[endpoint, default: 0] += 1
            guard silent[endpoint, default: 0] >= Self.mostSilent, stops[.endpoint(endpoint)] == nil else { return }
            stops[.endpoint(endpoint)] =
                "STS at \(endpoint) gave no answer \(Self.mostSilent) times in a row, the last time: \(message)"
        case .forbidden:
            let scope = Scope.namespace(identity.account.namespace)
            guard stops[scope] == nil else { return }
            stops[scope] = "the API server refused a token for \(identity.account), which is in the same namespace"
        }
    }

    /// For each reason, how many were not tried.
    var findings: [Finding] {
        let findings = skipped.map { scope, count in
            let subject =
                switch scope {
                case .namespace(let name): "\(count) more in \(name)"
                case .endpoint(let name): "\(count) more at \(name)"
                }
            let message = "not tried, because \(stops[scope] ?? "others failed")"
            return Finding.Topic(.roles, subject).unknown(.roleNotTried, message)
        }
        return findings.sorted { $0.subject < $1.subject }
    }
}
