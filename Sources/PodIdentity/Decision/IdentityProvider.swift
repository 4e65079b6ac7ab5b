internal import JSON

/// A way to give pods an identity. Providers are pure: the same pod, inputs and random numbers lead to the same
/// decision.
package protocol IdentityProvider: Sendable {
    /// The cloud or federation that the identities belong to: 1 to 30 lower-case letters, digits and hyphens. Among the
    /// providers of one cloud, the first one with an injection wins; a pod can get identities from different clouds
    /// side by side.
    var cloud: String { get }

    /// The word for one identity in messages, such as `role`.
    var noun: String { get }

    /// Labels that a pod must have; the provider leaves all other pods alone.
    var podLabels: [String: String] { get }

    /// The keys of the annotations that `decide` reads from a ServiceAccount. Nothing else of it is kept.
    var serviceAccountAnnotations: [String] { get }

    /// The keys of the labels that `decide` reads from a Namespace.
    var namespaceLabels: [String] { get }

    /// The prefix of all annotations of this provider, known or misspelt; empty if it has none.
    var annotationPrefix: String { get }

    /// The annotations and labels that `decide` reads from pods. Decisions are remembered for pods that have the same
    /// ones; nil if decisions must not be remembered.
    var podKeys: PodKeys? { get }

    /// The configurations that `decide` reads in addition to ServiceAccounts and Namespaces.
    var configurations: [ProviderConfigurationSource] { get }

    /// Whether decisions depend on the version of the API server.
    var needsServerVersion: Bool { get }

    /// Whether a pod without the name of a ServiceAccount is treated as one with the ServiceAccount `default`, unless
    /// it is the mirror pod of a static pod. Otherwise it is left alone.
    var assumesDefaultServiceAccount: Bool { get }

    /// The keys of this provider's audit annotations.
    var auditKeys: AuditKeys { get }

    /// Whether these annotations of a ServiceAccount or a Namespace specify an identity of this provider.
    func givesIdentity(_ annotations: Annotations) -> Bool

    /// Tells the author of a ServiceAccount what is wrong with its annotations.
    ///
    /// - Parameter annotations: All that begin with `annotationPrefix`, not only those that `decide` reads.
    func problems(ofServiceAccount annotations: Annotations) -> Warnings

    /// Finds out, only from an existing pod, what each of its containers got from this provider, so that an ephemeral
    /// container can get the same. Containers that got nothing are left out. All containers are examined at once,
    /// because the pod's labels and annotations may be too many to search for each container.
    func injections(foundIn pod: PodView) -> [(container: ContainerView, injection: Injection)]

    func decide(_ pod: PodView, _ inputs: DecisionInputs, using generator: inout some RandomNumberGenerator) -> Decision
}

extension IdentityProvider {
    package var noun: String { "identity" }

    package var podLabels: [String: String] { [:] }

    package var namespaceLabels: [String] { [] }

    package var annotationPrefix: String { "" }

    package var podKeys: PodKeys? { nil }

    package var configurations: [ProviderConfigurationSource] { [] }

    package var needsServerVersion: Bool { false }

    package var assumesDefaultServiceAccount: Bool { false }

    package var auditKeys: AuditKeys { AuditKeys(cloud: cloud) }

    package func givesIdentity(_ annotations: Annotations) -> Bool { false }

    package func problems(ofServiceAccount annotations: Annotations) -> Warnings { [] }

    package func injections(foundIn pod: PodView) -> [(container: ContainerView, injection: Injection)] { [] }
}

/// What a provider decides about a pod.
package struct Decision: Equatable, Sendable {
    package enum Outcome: Equatable, Sendable {
        /// Indirect, because an injection is large and should not be copied with its decision.
        indirect case inject(Injection)
        case leaveAlone(Reason)
        /// The pod must not be created.
        case deny(Denial)
        /// A decision is possible only once this has been looked up.
        case needs(DecisionInputs.Need)
    }

    package var outcome: Outcome
    /// Why providers of the same cloud that were asked earlier left the pod alone, if the pod loses something by that.
    package var loss: Reason?
    /// Warnings for the client that creates the pod.
    package var warnings: Warnings
    /// The pods that the decision applies to as long as no input changes.
    package var scope = Scope.pod

    package enum Scope: Int, Comparable, Sendable {
        /// Only this pod.
        case pod
        /// All pods with the same ServiceAccount, operating system, `name` and `generateName`, and the same values of
        /// the annotations and labels in the provider's `podKeys`.
        case podsOfName
        /// As `podsOfName`, but with any names.
        case podsAlike

        package static func < (one: Scope, other: Scope) -> Bool { one.rawValue < other.rawValue }
    }

    package init(_ outcome: Outcome, warnings: Warnings = []) {
        self.outcome = outcome
        self.warnings = warnings
    }

    package func within(_ scope: Scope) -> Decision {
        var decision = self
        decision.scope = scope
        return decision
    }
}

/// Why a pod must not be created.
package struct Denial: Equatable, Sendable {
    /// The HTTP status that the API server answers its client with, 400 to 599 (`meta/v1` Status).
    package let code: Int
    package let reason: Reason
    /// The maximum length of a message in bytes: it may quote the pod.
    private static let maximumMessage = 1024

    /// What is wrong, where, and what to do.
    package let message: String

    package init(code: Int = 400, _ reason: Reason = .invalidSetting, _ message: String) {
        self.code = code
        self.reason = reason
        self.message = message.cut(to: Self.maximumMessage)
    }
}
