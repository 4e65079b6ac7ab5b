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
    /// The value of `AWS_REGION` and `AWS_DEFAULT_REGION`; empty if neither should be injected.
    package var region = ""
    /// Whether `AWS_STS_REGIONAL_ENDPOINTS=regional` is injected by default, unless the ServiceAccount says otherwise.
    package var usesRegionalSTS = false
    /// The namespace of the ConfigMap `pod-identity-webhook`; nil if it is not used.
    package var configMapNamespace: String?
    /// Whether pods get an annotation that names their role.
    package var annotatesPods = false
    /// How to complete roles that ServiceAccounts specify only by name; nil if roles are used as they are.
    package var roleComposition: RoleComposition?

    /// The default for role session names, unless the ServiceAccount says otherwise.
    package var roleSessionName = RoleSessionName.ofSDK
    /// Whether the annotations of a Namespace specify a role for its ServiceAccounts that have none.
    package var usesNamespaceRoles = false

    package init() {}

    /// The name of the cloud in metrics and logs.
    package static let cloud = "aws"
    /// The word for an identity in messages.
    static let noun = "role"
    /// The keys for the role and the method date from before there were other clouds.
    static let auditKeys = AuditKeys(reason: "aws-reason", identity: "role", method: "method")

    /// The key of one of the webhook's own annotations or labels.
    func key(_ name: String) -> String { "\(annotationPrefix)/\(name)" }
}
