internal import KubernetesObjects
internal import PodIdentity

/// The claims of a pod's token (JWT, RFC 7519) that the owner of its identity must allow.
struct TokenClaims: Equatable, Sendable {
    let subject: String
    let audience: String

    /// Fails if the identity is granted in a different way than by a policy about tokens.
    init?(_ injection: Injection, _ account: NamespacedName) {
        guard injection.isGrantedBySubject || injection.grant != nil,
            let token = injection.volumes.lazy.flatMap(\.tokens).first
        else { return nil }
        subject = "system:serviceaccount:\(account.namespace):\(account.name)"
        audience = token.audience
    }
}

extension TokenClaims {
    private static let words = "which must be granted to sub {subject} and aud {audience}"

    /// What must be allowed, in the words of the injection.
    func text(_ grant: String?) -> String {
        (grant ?? Self.words).replacing("{subject}", with: subject).replacing("{audience}", with: audience)
    }
}

extension ClusterView {
    /// What the owner of the ServiceAccount's identity must allow, as a phrase to put after its name; empty if nothing.
    ///
    /// - Parameter cloud: Nil for the first cloud that gives the ServiceAccount an identity.
    func trustNeeded(by account: NamespacedName, of cloud: String? = nil) -> String {
        let decision = decisions(for: plainPod(of: account)).first {
            $0.injection != nil && (cloud == nil || $0.cloud == cloud)
        }
        guard let injection = decision?.injection, let claims = TokenClaims(injection, account) else { return "" }
        return ", \(claims.text(injection.grant))"
    }
}
