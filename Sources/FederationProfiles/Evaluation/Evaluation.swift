package import PodIdentity

/// The result of evaluating a profile for a pod.
package struct Evaluation: Equatable, Sendable {
    package enum Outcome: Equatable, Sendable {
        /// The profile does not concern the pod.
        case none(NoIdentity)
        /// Something is not valid, so the pod gets no identity; the warnings say what.
        case skipped
        /// The pod must not be created, for this reason.
        case denied(String)
        case given(Injection)
        /// The ServiceAccount or the Namespace must be looked up first.
        case needs(Need)
        /// The ServiceAccount or the Namespace could not be looked up, for this reason.
        case unavailable(Need, String)
    }

    package enum NoIdentity: Equatable, Sendable { case notUsed, skipLabel, serviceAccountNotFound }

    package enum Need: Equatable, Sendable { case serviceAccount, namespace }

    package var outcome: Outcome
    package var warnings: Warnings = []
}
