internal import JSON
internal import PodIdentity

/// The message of an Event. Any client that reaches the port can cause one with a review of a pod that nobody creates, so it
/// says what the webhook knows about the cluster and quotes nothing from the review.
enum EventMessage {
    /// The length in bytes at which an identity is cut; a message may have 1024 (`core/v1` Event validation).
    private static let maximumIdentity = 200

    /// - Parameter identity: the identity that the ServiceAccount, its Namespace or the ConfigMap gives.
    /// - Returns: nil if no Event is written for the reason.
    static func text(_ reason: Reason, identity: String?) -> String? {
        switch reason {
        case .malformedRole:
            let identity = (identity ?? "").cut(to: maximumIdentity)
            return "\"\(identity)\" does not look like the ARN of an IAM role"
        case .mountConflict:
            return "a pod mounts another volume where the token belongs, so that a container is without its identity"
        case .serviceAccountUnavailable:
            return "a pod has no identity: the ServiceAccount could not be looked up in time"
        case .namespaceUnavailable:
            return "a pod has no identity: its Namespace, which may give one, could not be looked up in time"
        case .configMapUnavailable:
            return "a pod has no identity: the ConfigMap, which may give one, could not be read in time"
        default: return nil
        }
    }
}
