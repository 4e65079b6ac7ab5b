package import PodIdentity

/// The settings from the flags, which are those of the running webhook unless others were given.
package struct DoctorSetup: Sendable {
    package var providers: ProviderChain
    /// The content of those provider configurations that are files here.
    package var configurations: ProviderConfigurations
    /// The paths of the files that are read in `configurations`. All others are in the webhook's pods.
    package var filesRead: Set<String> = []
    /// Whether ServiceAccounts without a role get one from the annotations of their Namespace.
    package var readsNamespaces = false
    /// The prefix of the annotations and labels.
    package var annotationPrefix: String
    /// The flags that remedies change, by the name of the cloud.
    package var flags: [String: CloudFlags] = [:]
    /// The rights that the webhook needs.
    package var rights: WebhookRights
    /// What a policy must be like to do the same as the webhook; nil if no policy can.
    package var policy: ExpectedPolicy?
    /// The findings about the flags.
    package var findings: [Finding] = []

    package init(
        providers: ProviderChain,
        configurations: ProviderConfigurations,
        annotationPrefix: String,
        rights: WebhookRights
    ) {
        self.providers = providers
        self.configurations = configurations
        self.annotationPrefix = annotationPrefix
        self.rights = rights
    }

    /// The label that keeps the webhook away from a pod.
    var skipLabel: String { "\(annotationPrefix)/skip-pod-identity-webhook" }
}
