internal import KubernetesObjects

/// A webhook from another project that gives pods identities of one cloud, recognised by its default names.
struct PeerWebhook: Equatable {
    /// This webhook's name for the cloud.
    let cloud: String
    /// Texts one of which is in the name of its registration, of a webhook in it, or of its server.
    private let marks: [String]

    private init(_ cloud: String, _ marks: [String]) {
        self.cloud = cloud
        self.marks = marks
    }

    /// `mpod.kb.io`, the name of the first one's webhook, is not listed, because kubebuilder gives this name to many
    /// webhooks.
    private static let all = [
        PeerWebhook("google", ["gcp-workload-identity-federation"]),
        PeerWebhook("azure", ["azure-wi-webhook", "azure-workload-identity.io"]),
    ]

    /// The cloud whose control planes have a webhook for pods of their own (Amazon EKS).
    static let cloudOfControlPlanes = "aws"

    /// Fails if the registration is not one of these, or is not called for new pods.
    init?(_ registration: MutatingWebhookConfiguration) {
        guard registration.podWebhook != nil, let peer = Self.all.first(where: { registration.isNamed(like: $0.marks) })
        else { return nil }
        self = peer
    }
}
