/// Why a pod was answered as it was: one vocabulary for log, metrics and documentation.
package enum Reason: String, CaseIterable, Sendable, CustomStringConvertible {
    /// The pod got an identity.
    case injected
    /// The pod has all that it would get.
    case alreadyInjected = "already_injected"
    /// The request is about something else than the creation of a pod.
    case notPodCreation = "not_pod_creation"
    /// The pod names no ServiceAccount: a mirror pod of a static pod.
    case noServiceAccount = "no_service_account"
    /// The pod carries the label that keeps the webhook away.
    case skipLabel = "skip_label"
    /// The ServiceAccount, and nothing else, gives no role.
    case noRole = "no_role"
    /// The pod's ServiceAccount does not exist.
    case serviceAccountNotFound = "service_account_not_found"
    /// The pod's ServiceAccount could not be looked up in time.
    case serviceAccountUnavailable = "service_account_unavailable"

    package var description: String { rawValue }
}
