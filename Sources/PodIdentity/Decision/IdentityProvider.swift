/// A way to give pods an identity. It is pure: the same pod, inputs and random numbers lead to the same decision.
package protocol IdentityProvider: Sendable {
    /// The keys of the annotations that `decide` reads from a ServiceAccount, of which nothing else is kept.
    var serviceAccountAnnotations: [String] { get }

    /// The prefix of all annotations of this provider, known or misspelt; empty if it has none.
    var annotationPrefix: String { get }

    /// The configurations that `decide` reads in addition to ServiceAccounts and Namespaces.
    var configurations: [ProviderConfigurationSource] { get }

    /// Whether a ServiceAccount or a Namespace with these annotations has an identity of this provider.
    func givesIdentity(_ annotations: Annotations) -> Bool

    /// Tells the author of a ServiceAccount what is wrong with its annotations.
    ///
    /// - Parameter annotations: all that begin with `annotationPrefix`, not only those that `decide` reads.
    func problems(ofServiceAccount annotations: Annotations) -> Warnings

    /// Finds, from an existing pod alone, what each of its containers got from this provider, so that an ephemeral
    /// container can get the same. Containers that got nothing are left out. All containers are examined at once because
    /// the pod's labels and annotations may be too many to search for each of them.
    func injections(foundIn pod: PodView) -> [(container: ContainerView, injection: Injection)]

    func decide(_ pod: PodView, _ inputs: DecisionInputs, using generator: inout some RandomNumberGenerator) -> Decision
}

extension IdentityProvider {
    package var annotationPrefix: String { "" }

    package var configurations: [ProviderConfigurationSource] { [] }

    package func givesIdentity(_ annotations: Annotations) -> Bool { false }

    package func problems(ofServiceAccount annotations: Annotations) -> Warnings { [] }

    package func injections(foundIn pod: PodView) -> [(container: ContainerView, injection: Injection)] { [] }
}

/// What a provider decides about a pod.
package struct Decision: Equatable, Sendable {
    package enum Outcome: Equatable, Sendable {
        case inject(Injection)
        case leaveAlone(Reason)
        /// A decision is only possible once this has been looked up.
        case needs(DecisionInputs.Need)
    }

    package var outcome: Outcome
    /// Why providers that were asked before have left the pod alone, if that is a loss.
    package var loss: Reason?
    /// Warnings for the client that creates the pod.
    package var warnings: Warnings

    package init(_ outcome: Outcome, warnings: Warnings = []) {
        self.outcome = outcome
        self.warnings = warnings
    }
}
