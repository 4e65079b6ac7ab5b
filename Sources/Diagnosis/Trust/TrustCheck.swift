internal import AWSIdentity
internal import AWSTrust
internal import KubernetesObjects

/// Compares what pods present to AWS with the trust policies of their roles.
struct TrustCheck: Sendable {
    let files: TrustPolicyFiles
    let issuer: TrustedIssuer
    /// Whether all identities have the same role, so that a policy without a role's name must belong to that role.
    private let isOneRole: Bool
    private let identities: [RoleRequest]

    init(_ files: TrustPolicyFiles, _ issuer: TrustedIssuer, _ identities: [RoleRequest]) {
        self.files = files
        self.issuer = issuer
        self.identities = identities
        isOneRole = Set(identities.map(\.arn)).count == 1
    }

    var findings: [Finding] { identities.map(finding) }

    private func finding(_ identity: RoleRequest) -> Finding {
        let topic = Finding.Topic(.trust, "\(identity.account)", cloud: identity.cloud)
        switch files.entry(of: identity.arn, isOnlyRole: isOneRole) {
        case .policy(let policy): return finding(policy, identity, topic)
        case .unusable(let reason):
            let message = "the trust policy of \(identity.arn) cannot be read: \(reason)"
            return topic.unknown(.trustPolicyUnreadable, message)
        case nil: return missing(identity, topic)
        }
    }

    private func missing(_ identity: RoleRequest, _ topic: Finding.Topic) -> Finding {
        let message = "the trust policy of \(identity.arn) is not among those given"
        if files.alone != nil {
            let account = identity.account
            return topic.unknown(
                .trustPolicyMissing,
                "\(message): the only policy given could belong to any role",
                remedy: Remedy(
                    "pod-identity-webhook doctor -n \(account.namespace) --service-account \(account.name)",
                    note: "with the same file"
                )
            )
        }
        if let other = files.roleWithOtherPath(than: identity.role) {
            let path = "\(message), but that of \(other) is: the ARN of a role has its path"
            return topic.unknown(.trustPolicyMissing, path)
        }
        let name = identity.role.resource.split(separator: "/").last.map(String.init) ?? ""
        let note = "in the account \(identity.role.account)"
        let remedy = Remedy("aws iam get-role --role-name \(aws: name)", note: note)
        return topic.unknown(.trustPolicyMissing, message, remedy: remedy)
    }

    private func finding(_ policy: TrustPolicy, _ identity: RoleRequest, _ topic: Finding.Topic) -> Finding {
        let claims = identity.claims
        let question = TrustQuestion(
            issuer: issuer,
            role: identity.role,
            subject: claims.subject,
            audience: claims.audience
        )
        let what = "the trust policy of \(identity.arn)"
        switch policy.answer(to: question) {
        case .allowed(let statement):
            let message = "\(what) allows sub \(claims.subject) and aud \(claims.audience), by \(statement)"
            switch policy.breadth(question) {
            case nil: return topic.ok(.trustAllowed, message)
            case .undecided(let reason):
                let text = "\(message); whether it allows pods of other namespaces too cannot be told here: \(reason)"
                return topic.unknown(.trustUndecided, text)
            case let breadth?:
                return topic.warning(.trustTooWide, "\(what) \(breadth.text)", remedy: remedy(identity))
            }
        case .denied(let statement):
            return topic.problem(.trustNotAllowed, "\(what) denies sub \(claims.subject), by \(statement)")
        case .notAllowed(let miss):
            return topic.problem(.trustNotAllowed, "\(what) does not allow it: \(miss)", remedy: remedy(identity))
        case .undecided(let reason):
            let message = "whether \(what) allows sub \(claims.subject) cannot be determined here: \(reason)"
            return topic.unknown(.trustUndecided, message)
        }
    }

    private func remedy(_ identity: RoleRequest) -> Remedy {
        let account = identity.account
        return Remedy(
            "pod-identity-webhook trust-policy -n \(account.namespace) --service-account \(account.name)",
            note: "prints the statement that it needs"
        )
    }
}

extension TrustBreadth {
    /// The end of a sentence that begins with the policy.
    fileprivate var text: String {
        switch self {
        case .everyPod: "is too wide: it allows every pod of the cluster, because no condition on sub restricts it"
        case .otherNamespaces(let example):
            "is too wide: a wildcard on sub crosses namespaces, so it allows \(example) too, for example"
        case .others(let example):
            "is too wide: it allows ServiceAccounts that it does not name, such as \(example)"
        case .undecided(let reason): "depends on what is not known here: \(reason)"
        }
    }
}
