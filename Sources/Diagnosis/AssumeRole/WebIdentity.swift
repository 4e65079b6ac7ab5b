internal import AWSIdentity
internal import JSON
internal import KubernetesObjects
internal import OIDCIssuer
internal import PodIdentity

/// An AWS IAM role, and the token with which pods of a ServiceAccount request it.
struct WebIdentity: Hashable, Sendable {
    let account: NamespacedName
    /// The ARN of the role.
    let role: String
    let audience: String
    /// How long the token of a pod is valid.
    let seconds: Int64
    /// The region in pods' environments; nil for none.
    let region: String?

    /// In seconds; the API server does not issue shorter tokens.
    private static let shortest: Int64 = 600

    /// The roles that the containers of a pod request with tokens, except those with a malformed ARN.
    static func all(_ decision: CloudDecision, _ account: NamespacedName) -> [WebIdentity] {
        guard decision.cloud == AWSSettings.cloud, let injection = decision.injection, injection.isGrantedBySubject,
            let token = injection.volumes.lazy.flatMap(\.tokens).first
        else { return [] }
        return injection.identities.filter { RoleARN($0) != nil }.map { role in
            WebIdentity(
                account: account,
                role: role,
                audience: token.audience,
                seconds: max(shortest, token.expirationSeconds),
                region: injection.allVariables.first { $0.name == "AWS_REGION" }?.value
            )
        }
    }

    /// Whether a pod gets its AWS identity without a role's ARN, from EKS Pod Identity.
    static func isByAgent(_ decision: CloudDecision) -> Bool {
        decision.cloud == AWSSettings.cloud && decision.injection.map { !$0.isGrantedBySubject } ?? false
    }

    var subject: String { "system:serviceaccount:\(account.namespace):\(account.name)" }

    private var parts: [Substring] { role.split(separator: ":", omittingEmptySubsequences: false) }
    var partition: String { parts.count > 1 ? String(parts[1]) : "" }
    /// The AWS account ID.
    var accountID: String { parts.count > 4 ? String(parts[4]) : "" }

    /// The ARN of the issuer's provider in the role's account.
    func providerARN(_ issuer: String) -> String {
        let name = issuer.hasPrefix("https://") ? String(issuer.dropFirst("https://".count)) : issuer
        return "arn:\(partition):iam::\(accountID):oidc-provider/\(name)"
    }
}
