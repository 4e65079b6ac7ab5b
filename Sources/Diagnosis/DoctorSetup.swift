package import PodIdentity

/// What the flags say, which are those of the running webhook where nothing else was typed.
package struct DoctorSetup: Sendable {
    package var providers: ProviderChain
    /// The content of those of the providers' configurations that are files here.
    package var configurations: ProviderConfigurations
    /// The paths of the files that are read in `configurations`. All others are in the webhook's pods.
    package var filesRead: Set<String> = []
    /// Whether ServiceAccounts without a role get it from the annotations of their Namespace.
    package var readsNamespaces = false
    /// The prefix of the annotations and labels.
    package var annotationPrefix: String
    /// What remedies change for each cloud, by its name.
    package var flags: [String: CloudFlags] = [:]
    /// What the webhook needs to be allowed.
    package var rights: WebhookRights
    /// What a policy must be that does the same as the webhook; nil if there can be none.
    package var policy: ExpectedPolicy?
    /// What is to be said of the flags.
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
