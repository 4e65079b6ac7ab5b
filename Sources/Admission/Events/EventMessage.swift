internal import JSON
internal import PodIdentity

/// The message of an Event. Any client that reaches the port can cause an Event with a review of a pod that is never
/// created, so the message says what the webhook knows about the cluster, and quotes nothing from the review.
enum EventMessage {
    /// The maximum length of a quotation in bytes; longer ones are cut. A message may have 1024 bytes (`core/v1` Event
    /// validation).
    private static let maximumQuote = 300

    /// - Parameter malformation: What is wrong with the identity that the ServiceAccount, its Namespace or the
    ///   ConfigMap specifies.
    /// - Returns: Nil if no Event is written for the reason.
    static func text(_ reason: Reason, malformation: String?) -> String? {
        switch reason {
        case .malformedIdentity, .malformedRole:
            "pods cannot get their identity: \((malformation ?? "its name is malformed").cut(to: maximumQuote))"
        case .mountConflict:
            "a pod mounts another volume where the token belongs, so a container lacks its identity"
        case .tokenUnreachable:
            "a container cannot reach the token of its identity, because of its own settings"
        case .invalidSetting:
            "a pod cannot get its identity: a setting of the pod or of its ServiceAccount is invalid"
        case .serviceAccountUnavailable:
            "a pod has no identity: the ServiceAccount could not be looked up in time"
        case .namespaceUnavailable:
            "a pod has no identity: its Namespace, which may give one, could not be looked up in time"
        case .configMapUnavailable:
            "a pod has no identity: the ConfigMap, which may give one, could not be read in time"
        case .serverVersionUnavailable:
            "a pod has no identity: what it gets depends on the API server's version, which was not known in time"
        default: nil
        }
    }
}
