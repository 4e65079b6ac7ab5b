internal import KubernetesObjects

/// A webhook of somebody else that gives pods identities of one cloud, known by the names that it has by default.
struct PeerWebhook: Equatable {
    /// The cloud's name, as this webhook has it.
    let cloud: String
    /// Texts of which one is in the name of its registration, of a webhook in it, or of its server.
    private let marks: [String]

    private init(_ cloud: String, _ marks: [String]) {
        self.cloud = cloud
        self.marks = marks
    }

    /// `mpod.kb.io`, as the first one's webhook is named, is a name that kubebuilder gives many webhooks.
    private static let all = [
        PeerWebhook("google", ["gcp-workload-identity-federation"]),
        PeerWebhook("azure", ["azure-wi-webhook", "azure-workload-identity.io"]),
    ]

    /// The cloud whose control planes have a webhook for pods of their own (Amazon EKS).
    static let cloudOfControlPlanes = "aws"

    /// Nil if the registration is none of them, or is not called for new pods.
    init?(_ registration: MutatingWebhookConfiguration) {
        guard registration.podWebhook != nil, let peer = Self.all.first(where: { registration.isNamed(like: $0.marks) })
        else { return nil }
        self = peer
    }
}
