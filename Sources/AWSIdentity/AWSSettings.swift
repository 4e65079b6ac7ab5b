internal import PodIdentity
package import ProviderSupport

/// The operator's settings for all pods, with the defaults of the Amazon EKS webhook.
package struct AWSSettings: Equatable, Sendable {
    /// The prefix of the names of annotations and labels.
    package var annotationPrefix = "eks.amazonaws.com"
    package var tokenAudience = "sts.amazonaws.com"
    package var tokenMountPath = "/var/run/secrets/eks.amazonaws.com/serviceaccount"
    /// The lifetime of tokens if neither the pod nor its ServiceAccount sets one.
    package var tokenExpiration = TokenExpiration.default
    /// The value of `AWS_REGION` and `AWS_DEFAULT_REGION`; empty if neither is to be injected.
    package var region = ""
    /// Whether `AWS_STS_REGIONAL_ENDPOINTS=regional` is injected if the ServiceAccount does not say so or otherwise.
    package var usesRegionalSTS = false
    /// The namespace of the ConfigMap `pod-identity-webhook`; nil if it is not used.
    package var configMapNamespace: String?
    /// Whether pods get an annotation that names their role.
    package var annotatesPods = false
    /// What completes roles that ServiceAccounts give only by name; nil if roles are used as they stand.
    package var roleComposition: RoleComposition?

    /// What the sessions of roles are called if the ServiceAccount does not say so.
    package var roleSessionName = RoleSessionName.ofSDK
    /// Whether the annotations of a Namespace give a role to its ServiceAccounts that have none.
    package var usesNamespaceRoles = false

    package init() {}

    /// The name of the cloud in metrics and logs.
    package static let cloud = "aws"
    /// What an identity is called in messages.
    static let noun = "role"
    /// The role and the method have had these names before there were other clouds.
    static let auditKeys = AuditKeys(reason: "aws-reason", identity: "role", method: "method")

    /// The key of one of the webhook's own annotations or labels.
    func key(_ name: String) -> String { "\(annotationPrefix)/\(name)" }
}
