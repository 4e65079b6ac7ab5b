internal import JSON
internal import PodIdentity

/// What an Event says. Whoever reaches the port can have one written, by a review of a pod that nobody creates; so it says
/// what the webhook knows of the cluster, and no text of the review.
enum EventMessage {
    /// In bytes; an Event may have 1024 (`core/v1` Event validation).
    private static let maximumIdentity = 200

    /// - Parameter identity: of the ServiceAccount, its Namespace or the ConfigMap.
    /// - Returns: nil for a reason that is no Event.
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
