/// Why a request was answered as it was: one vocabulary for log, metrics, audit annotations, Events and documentation.
package enum Reason: String, CaseIterable, Sendable, CustomStringConvertible {
    /// The pod got an identity.
    case injected
    /// The pod got the variables and the token of a role that, by its ARN, cannot exist.
    case malformedRole = "malformed_role"
    /// The pod got an identity, but a container has another volume in the token's place.
    case mountConflict = "mount_conflict"
    /// The pod has all that it would get.
    case alreadyInjected = "already_injected"
    /// The request is about something that the webhook has no opinion on.
    case notPodCreation = "not_pod_creation"
    /// A ServiceAccount was written; it is checked, and never changed or refused.
    case serviceAccountChecked = "service_account_checked"
    /// An ephemeral container came to a pod that has no identity, or whose identity cannot be told from its containers.
    case podHasNoIdentity = "pod_has_no_identity"
    /// The pod names no ServiceAccount: a mirror pod of a static pod.
    case noServiceAccount = "no_service_account"
    /// The pod carries the label that keeps the webhook away.
    case skipLabel = "skip_label"
    /// Neither the ServiceAccount nor any other source gives a role.
    case noRole = "no_role"
    /// The pod's ServiceAccount does not exist.
    case serviceAccountNotFound = "service_account_not_found"
    /// The pod's ServiceAccount could not be looked up in time.
    case serviceAccountUnavailable = "service_account_unavailable"
    /// The pod's Namespace, which may give a role, could not be looked up in time.
    case namespaceUnavailable = "namespace_unavailable"
    /// The ConfigMap, which may give the pod's ServiceAccount a role, has not been read, and was not read in time.
    case configMapUnavailable = "config_map_unavailable"

    package var description: String { rawValue }

    /// Whether the pod is changed.
    package var isMutation: Bool {
        switch self {
        case .injected, .malformedRole, .mountConflict: true
        default: false
        }
    }

    /// Whether the pod should have had an identity, and has none that it can use.
    package var leavesPodWithoutIdentity: Bool {
        switch self {
        case .malformedRole, .mountConflict: true
        default: isUnavailable
        }
    }

    /// Whether it could not be found out in time which identity the pod should have.
    package var isUnavailable: Bool {
        switch self {
        case .serviceAccountUnavailable, .namespaceUnavailable, .configMapUnavailable: true
        default: false
        }
    }
}
