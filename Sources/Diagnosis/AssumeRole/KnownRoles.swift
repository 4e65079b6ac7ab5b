internal import AWSIdentity
internal import AWSTrust
internal import KubernetesObjects

/// What is known about roles without asking AWS.
struct KnownRoles: Sendable {
    /// The ServiceAccounts with a role, in order, by the role's ARN.
    private(set) var holders: [String: [NamespacedName]] = [:]
    /// The only namespace whose ServiceAccounts are known; nil for all.
    var namespace: String?
    /// The trust policies that were given; nil if none were.
    var policies: TrustPolicyFiles?
    /// The issuer of the tokens; nil if it is not known.
    var issuer: TrustedIssuer?

    mutating func add(_ identity: WebIdentity) {
        guard !holders[identity.role, default: []].contains(identity.account) else { return }
        holders[identity.role, default: []].append(identity.account)
    }

    /// The trust policy's decision about the token, for the end of a sentence; nil if the policy or the issuer is not
    /// known.
    func policyText(_ identity: WebIdentity) -> String? {
        guard let policies, let issuer, let role = RoleARN(identity.role),
            case .policy(let policy) = policies.entry(of: identity.role, isOnlyRole: holders.count == 1)
        else { return nil }
        let question = TrustQuestion(
            issuer: issuer,
            role: role,
            subject: identity.subject,
            audience: identity.audience
        )
        switch policy.answer(to: question) {
        case .notAllowed(let miss): return "its trust policy does not allow it: \(miss)"
        case .denied(let statement): return "its trust policy denies it, by \(statement)"
        case .undecided(let reason): return "whether its trust policy allows it cannot be told here: \(reason)"
        case .allowed(let statement):
            return
                "the trust policy that was given allows it, by \(statement): the role has another one by now, or a policy "
                + "of the organization denies it"
        }
    }
}
