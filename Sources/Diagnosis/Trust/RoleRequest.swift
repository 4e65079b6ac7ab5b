internal import AWSIdentity
internal import KubernetesObjects
internal import PodIdentity

/// What a pod of a ServiceAccount presents to AWS for a role.
struct RoleRequest: Equatable, Sendable {
    let account: NamespacedName
    /// The cloud to name in messages; nil for none.
    let cloud: String?
    let role: RoleARN
    /// The role's ARN as written.
    let arn: String
    let claims: TokenClaims
}

extension ClusterView {
    /// The roles that pods of the ServiceAccount assume with their own tokens. Those with malformed names are left out.
    func roleRequests(of account: NamespacedName) -> [RoleRequest] {
        decisions(for: plainPod(of: account)).flatMap { decision -> [RoleRequest] in
            guard let injection = decision.injection, let claims = TokenClaims(injection, account) else { return [] }
            return injection.identities.compactMap { arn in
                guard let role = RoleARN(arn) else { return nil }
                return RoleRequest(
                    account: account,
                    cloud: name(of: decision.cloud),
                    role: role,
                    arn: arn,
                    claims: claims
                )
            }
        }
    }

    /// The AWS identity that pods of the ServiceAccount get without tokens that a role's policy is about, which is an
    /// association of EKS Pod Identity; nil if there is none.
    func associatedIdentity(of account: NamespacedName) -> String? {
        for decision in decisions(for: plainPod(of: account)) where decision.cloud == AWSSettings.cloud {
            guard let injection = decision.injection, TokenClaims(injection, account) == nil else { continue }
            return injection.identity
        }
        return nil
    }
}
