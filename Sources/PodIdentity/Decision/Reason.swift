/// Why a request was answered as it was. Logs, metrics, audit annotations, Events and documentation all use these
/// words.
package enum Reason: String, CaseIterable, Sendable, CustomStringConvertible {
    /// The pod got an identity.
    case injected
    /// The pod got the variables and the token for an identity with a malformed name, which cannot exist.
    case malformedIdentity = "malformed_identity"
    /// As `malformedIdentity`, for an AWS role.
    case malformedRole = "malformed_role"
    /// The pod got an identity, but one of its containers has another volume mounted at the token's path.
    case mountConflict = "mount_conflict"
    /// The pod got an identity, but one of its containers, according to its own environment, does not reach the token.
    case tokenUnreachable = "token_unreachable"
    /// The pod has or got an identity, but one of its containers keeps variables of its own instead.
    case ownIdentity = "own_identity"
    /// The pod already has everything that it would be given.
    case alreadyInjected = "already_injected"
    /// The request is about something that the webhook does not change.
    case notPodCreation = "not_pod_creation"
    /// A ServiceAccount was written; it is checked, but never changed or rejected.
    case serviceAccountChecked = "service_account_checked"
    /// An ephemeral container was added to a pod whose containers have no identity.
    case podHasNoIdentity = "pod_has_no_identity"
    /// The pod names no ServiceAccount, so it is the mirror pod of a static pod.
    case noServiceAccount = "no_service_account"
    /// The pod has the label that tells the webhook to skip it.
    case skipLabel = "skip_label"
    /// Nothing specifies an identity for the pod.
    case noIdentity = "no_identity"
    /// Neither the ServiceAccount nor any other source specifies an AWS role.
    case noRole = "no_role"
    /// A setting of the pod or its ServiceAccount cannot be used, and the pod is denied.
    case invalidSetting = "invalid_setting"
    /// The pod's ServiceAccount does not exist.
    case serviceAccountNotFound = "service_account_not_found"
    /// The pod's ServiceAccount could not be looked up in time.
    case serviceAccountUnavailable = "service_account_unavailable"
    /// The pod's Namespace, which might give a role, could not be looked up in time.
    case namespaceUnavailable = "namespace_unavailable"
    /// The ConfigMap, which might give the pod's ServiceAccount a role, could not be read in time.
    case configMapUnavailable = "config_map_unavailable"

    /// The version of the API server, which determines what the pod gets, was not known in time.
    case serverVersionUnavailable = "server_version_unavailable"

    package var description: String { rawValue }

    /// How bad the result is for the pod's owner. Among several reasons, the worst one is reported.
    package enum Severity: Int, Comparable, Sendable {
        /// The pod has no identity, and should have none.
        case none
        /// The pod has what it should have.
        case given
        /// A container uses something else, which its owner may have intended.
        case differs
        /// The pod should have, or might have, an identity, but a container lacks it.
        case lost

        package static func < (one: Severity, other: Severity) -> Bool { one.rawValue < other.rawValue }
    }

    package var severity: Severity {
        switch self {
        case .malformedIdentity, .malformedRole, .mountConflict, .tokenUnreachable, .invalidSetting: .lost
        case .serviceAccountUnavailable, .namespaceUnavailable, .configMapUnavailable, .serverVersionUnavailable: .lost
        case .ownIdentity: .differs
        case .injected, .alreadyInjected: .given
        case .notPodCreation, .serviceAccountChecked, .podHasNoIdentity, .noServiceAccount, .skipLabel,
            .noIdentity, .noRole, .serviceAccountNotFound:
            .none
        }
    }

    /// Whether the pod should have, or might have, an identity but has none that it can use.
    package var leavesPodWithoutIdentity: Bool { severity == .lost }

    /// Whether the pod's identity could not be determined in time.
    package var isUnavailable: Bool {
        switch self {
        case .serviceAccountUnavailable, .namespaceUnavailable, .configMapUnavailable, .serverVersionUnavailable: true
        default: false
        }
    }

    /// The worse of two reasons. If they are equally bad, it is the first, unless only the second is a change.
    package static func worst(_ first: Reason, _ second: Reason) -> Reason {
        if first == .alreadyInjected, second == .injected { return second }
        return second.severity > first.severity ? second : first
    }
}
