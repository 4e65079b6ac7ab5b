/// A way to give pods an identity. Pure: the same pod, inputs and random numbers give the same decision.
package protocol IdentityProvider: Sendable {
    /// The keys of ServiceAccount annotations that `decide` reads; nothing else of a ServiceAccount is kept.
    var serviceAccountAnnotations: [String] { get }

    /// What all annotations of this provider begin with, known or misspelt; empty if it has none.
    var annotationPrefix: String { get }

    /// What `decide` reads beside ServiceAccounts and Namespaces.
    var configurations: [ProviderConfigurationSource] { get }

    /// Whether a ServiceAccount, or a Namespace, with these annotations has an identity of this provider.
    func givesIdentity(_ annotations: Annotations) -> Bool

    /// What is wrong with the annotations of a ServiceAccount, for whoever writes it.
    ///
    /// - Parameter annotations: those that begin with `annotationPrefix`, not only those that `decide` reads.
    func problems(ofServiceAccount annotations: Annotations) -> Warnings

    /// What containers of a pod that exists have of this provider's injections, told from the pod alone, so that a
    /// container that arrives later can have the same. Those that have nothing are left out. For all containers at once,
    /// because the pod's labels and annotations may be too many to be looked through for each.
    func injections(foundIn pod: PodView) -> [(container: ContainerView, injection: Injection)]

    func decide(
        _ pod: PodView,
        _ inputs: DecisionInputs,
        using generator: inout some RandomNumberGenerator
    ) -> Decision
}

extension IdentityProvider {
    package var annotationPrefix: String { "" }

    package var configurations: [ProviderConfigurationSource] { [] }

    package func givesIdentity(_ annotations: Annotations) -> Bool { false }

    package func problems(ofServiceAccount annotations: Annotations) -> Warnings { [] }

    package func injections(foundIn pod: PodView) -> [(container: ContainerView, injection: Injection)] { [] }
}

/// What a provider gives a pod.
package struct Decision: Equatable, Sendable {
    package enum Outcome: Equatable, Sendable {
        case inject(Injection)
        case leaveAlone(Reason)
        /// There is no decision before this has been looked up.
        case needs(DecisionInputs.Need)
    }

    package var outcome: Outcome
    /// For whoever creates the pod.
    package var warnings: Warnings

    package init(_ outcome: Outcome, warnings: Warnings = []) {
        self.outcome = outcome
        self.warnings = warnings
    }
}
