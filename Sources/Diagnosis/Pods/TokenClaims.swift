internal import KubernetesObjects
internal import PodIdentity

/// The claims of a pod's token (JWT, RFC 7519) that the trust policy of its role has to allow.
struct TokenClaims: Equatable, Sendable {
    let subject: String
    let audience: String

    /// Nil if the identity is granted in another way than by a policy about tokens.
    init?(_ injection: Injection, _ account: NamespacedName) {
        guard injection.isGrantedBySubject, let volume = injection.volumes.first?.tokens.first else { return nil }
        subject = "system:serviceaccount:\(account.namespace):\(account.name)"
        audience = volume.audience
    }
}

extension TokenClaims: CustomStringConvertible {
    var description: String { "sub \(subject) and aud \(audience)" }
}

extension ClusterView {
    /// What the trust policy of the ServiceAccount's role must allow, to be put behind its name; empty if nothing.
    func trustNeeded(by account: NamespacedName) -> String {
        let claims = injection(into: .plain(account)).flatMap { TokenClaims($0, account) }
        return claims.map { ", whose trust policy must allow \($0)" } ?? ""
    }
}
