package import ProviderSupport

/// What the operator sets for all pods; the defaults are those of the Amazon EKS webhook.
package struct AWSSettings: Equatable, Sendable {
    /// In front of the names of annotations and labels.
    package var annotationPrefix = "eks.amazonaws.com"
    package var tokenAudience = "sts.amazonaws.com"
    package var tokenMountPath = "/var/run/secrets/eks.amazonaws.com/serviceaccount"
    /// Of pods and ServiceAccounts that do not say.
    package var tokenExpiration = TokenExpiration.default
    /// Injected as `AWS_REGION` and `AWS_DEFAULT_REGION`; empty for neither.
    package var region = ""
    /// Whether `AWS_STS_REGIONAL_ENDPOINTS=regional` is injected where the ServiceAccount does not say.
    package var usesRegionalSTS = false
    /// Where the ConfigMap `pod-identity-webhook` is; nil if it is not used.
    package var configMapNamespace: String?
    /// Whether pods are told, by an annotation, which role they were given.
    package var annotatesPods = false
    /// For roles that ServiceAccounts give by name alone; nil if they are used as they stand.
    package var roleComposition: RoleComposition?

    package init() {}

    /// The name of an annotation or label of ours.
    func key(_ name: String) -> String { "\(annotationPrefix)/\(name)" }
}
