/// A way to give pods an identity. Pure: the same pod, sources and random numbers give the same decision.
package protocol IdentityProvider: Sendable {
    /// The keys of ServiceAccount annotations that `decide` reads; nothing else of a ServiceAccount is kept.
    var serviceAccountAnnotations: [String] { get }

    /// What else `decide` reads.
    var documents: [Document] { get }

    /// Whether a ServiceAccount with these annotations has an identity of this provider, for metrics.
    func givesIdentity(_ serviceAccount: Annotations) -> Bool

    func decide(
        _ pod: PodView,
        _ sources: Sources,
        using generator: inout some RandomNumberGenerator
    ) -> Decision
}

extension IdentityProvider {
    package var documents: [Document] { [] }

    package func givesIdentity(_ serviceAccount: Annotations) -> Bool { false }
}

/// What is known, at one moment, of what a decision depends on.
package struct Sources: Sendable {
    package enum ServiceAccount: Equatable, Sendable {
        case known(Annotations)
        /// It does not exist.
        case absent
        /// Nobody has looked yet.
        case unknown
        /// It could not be looked up, for this reason.
        case unavailable(String)
    }

    package var serviceAccount: ServiceAccount

    package var documents: Documents

    package init(serviceAccount: ServiceAccount, documents: Documents = Documents()) {
        self.serviceAccount = serviceAccount
        self.documents = documents
    }
}

package struct Decision: Equatable, Sendable {
    package enum Outcome: Equatable, Sendable {
        case inject(Injection)
        case leaveAlone(Reason)
        /// Cannot say before the pod's ServiceAccount has been looked up.
        case needsServiceAccount
    }

    package var outcome: Outcome
    /// For whoever creates the pod.
    package var warnings: [String]

    package init(_ outcome: Outcome, warnings: [String] = []) {
        self.outcome = outcome
        self.warnings = warnings
    }
}
