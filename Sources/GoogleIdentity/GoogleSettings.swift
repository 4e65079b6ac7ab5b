package import JSON
internal import PodIdentity
package import ProviderSupport

/// The operator's settings for all pods, with the defaults of pfnet-research's webhook unless noted otherwise.
package struct GoogleSettings: Equatable, Sendable {
    /// How a container finds its identity.
    package enum Mode: String, CaseIterable, Sendable {
        /// The client libraries and gcloud read a configuration that is in an annotation of the pod.
        case direct
        /// An init container runs gcloud to write the configuration and log in.
        case gcloud
    }

    /// The prefix of the names of annotations.
    package var annotationPrefix = "cloud.google.com"
    /// The mode if the ServiceAccount does not set one.
    package var mode = Mode.direct
    package var tokenAudience = "sts.googleapis.com"
    /// The lifetime of tokens if neither the pod nor its ServiceAccount sets one.
    package var tokenExpiration = TokenExpiration.default
    /// The permissions of the files with the token and the configuration, 0 to 0o777.
    package var tokenMode = 0o440
    /// The value of `CLOUDSDK_COMPUTE_REGION`; empty if it should not be injected.
    package var region = ""
    /// The image of the init container in `gcloud` mode.
    package var gcloudImage = "gcr.io/google.com/cloudsdktool/google-cloud-cli:stable"
    /// The resources of that container (`core/v1` ResourceRequirements); nil for none.
    package var setupResources: JSONTree?

    package init() {}

    /// The shortest lifetime of a token in seconds; a shorter one is raised to it.
    static let minimumExpiration: Int64 = 3600

    /// The key of one of the webhook's own annotations.
    func key(_ name: String) -> String { "\(annotationPrefix)/\(name)" }
}
