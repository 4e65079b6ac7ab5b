internal import KubernetesObjects

/// Decides which roles are tried next, and which are not because of the results of others.
struct AssumeRoleSchedule {
    /// The result for a role.
    enum Outcome: Sendable {
        /// STS gave an answer about the role, or was not asked.
        case known
        /// STS did not answer.
        case silent
        /// The API server does not let doctor request a token.
        case forbidden
    }

    /// What several roles have in common, so that they fail for the same reason.
    private enum Scope: Hashable {
        case namespace(String)
        case endpoint(String)
    }

    /// If the same STS does not answer this many requests in a row, it is not asked about the others.
    private static let mostSilent = 5

    private var rest: ArraySlice<WebIdentity>
    private let endpoint: @Sendable (WebIdentity) -> String
    private var silent: [String: Int] = [:]
    private var stops: [Scope: String] = [:]
    private var skipped: [Scope: Int] = [:]

    /// - Parameter endpoint: The name of the STS to ask.
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

    /// - Parameter message: The message of its finding.
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

    /// The number of roles that were not tried, for each reason.
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
