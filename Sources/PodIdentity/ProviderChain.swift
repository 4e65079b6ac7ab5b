package import JSON

/// Providers in order: the first one that has an injection wins.
package struct ProviderChain: Sendable {
    private let providers: [any IdentityProvider]

    package init(_ providers: [any IdentityProvider]) { self.providers = providers }

    /// Without duplicates.
    package var serviceAccountAnnotations: [String] {
        providers.flatMap(\.serviceAccountAnnotations).reduce(into: []) { keys, key in
            if !keys.contains(key) { keys.append(key) }
        }
    }

    /// Without duplicates.
    package var documents: [Document] {
        providers.flatMap(\.documents).reduce(into: []) { documents, document in
            if !documents.contains(where: { $0.place == document.place }) { documents.append(document) }
        }
    }

    /// Whether a ServiceAccount with these annotations has an identity of any provider.
    package func givesIdentity(_ serviceAccount: Annotations) -> Bool {
        providers.contains { $0.givesIdentity(serviceAccount) }
    }

    /// What becomes of the pod; nil if its ServiceAccount, which is unknown, decides that.
    package func mutate(
        _ pod: PodView,
        _ sources: Sources,
        using generator: inout some RandomNumberGenerator
    ) -> PodOutcome? {
        let decision = decide(pod, sources, using: &generator)
        var outcome = PodOutcome(reason: .injected, warnings: decision.warnings)
        switch decision.outcome {
        case .needsServiceAccount: return nil
        case .leaveAlone(let reason): outcome.reason = reason
        case .inject(let injection):
            let mutation = PodMutator.mutate(pod, with: injection)
            outcome.patch = mutation.patch
            outcome.warnings += mutation.warnings
            outcome.reason = mutation.patch.isEmpty ? .alreadyInjected : .injected
            outcome.method = injection.method
            outcome.identity = injection.identity
        }
        return outcome
    }

    package func decide(
        _ pod: PodView,
        _ sources: Sources,
        using generator: inout some RandomNumberGenerator
    ) -> Decision {
        guard pod.serviceAccountName != nil else { return Decision(.leaveAlone(.noServiceAccount)) }
        var decision = Decision(.leaveAlone(.noRole))
        for provider in providers {
            let next = provider.decide(pod, sources, using: &generator)
            decision = Decision(next.outcome, warnings: decision.warnings + next.warnings)
            guard case .leaveAlone = decision.outcome else { break }
        }
        return decision
    }
}

/// What becomes of a pod.
package struct PodOutcome {
    package var reason: Reason
    /// Empty if nothing changes.
    package var patch = JSONPatch()
    /// Of the injection, if there is one.
    package var method: String?
    package var identity: String?
    /// For whoever creates the pod.
    package var warnings: [String] = []

    package init(reason: Reason, warnings: [String] = []) {
        self.reason = reason
        self.warnings = warnings
    }
}
