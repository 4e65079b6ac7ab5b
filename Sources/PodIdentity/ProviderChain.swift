package import JSON

/// Providers in order: the first one that has an injection wins.
package struct ProviderChain: Sendable {
    let providers: [any IdentityProvider]

    package init(_ providers: [any IdentityProvider]) { self.providers = providers }

    /// Without duplicates.
    package var serviceAccountAnnotations: [String] {
        providers.flatMap(\.serviceAccountAnnotations).reduce(into: []) { keys, key in
            if !keys.contains(key) { keys.append(key) }
        }
    }

    /// Without duplicates.
    package var configurations: [ProviderConfigurationSource] {
        providers.flatMap(\.configurations).reduce(into: []) { sources, source in
            if !sources.contains(where: { $0.place == source.place }) { sources.append(source) }
        }
    }

    /// Whether a ServiceAccount, or a Namespace, with these annotations has an identity of any provider.
    package func givesIdentity(_ annotations: Annotations) -> Bool {
        providers.contains { $0.givesIdentity(annotations) }
    }

    /// What the annotations of providers begin with, without duplicates.
    package var annotationPrefixes: [String] {
        providers.map(\.annotationPrefix).reduce(into: []) { prefixes, prefix in
            if !prefix.isEmpty, !prefixes.contains(prefix) { prefixes.append(prefix) }
        }
    }

    /// - Parameter annotations: of a ServiceAccount, those that begin with one of `annotationPrefixes`.
    package func problems(ofServiceAccount annotations: Annotations) -> Warnings {
        providers.reduce(into: []) { $0 += $1.problems(ofServiceAccount: annotations) }
    }

    /// What becomes of the pod.
    ///
    /// - Throws: `MalformedPod` where it would need too large a patch.
    package func mutate(
        _ pod: PodView,
        _ inputs: DecisionInputs,
        using generator: inout some RandomNumberGenerator
    ) throws(MalformedPod) -> Answer<PodOutcome> {
        let decision = decide(pod, inputs, using: &generator)
        var outcome = PodOutcome(reason: .injected, warnings: decision.warnings)
        switch decision.outcome {
        case .needs(let need): return .needs(need)
        case .leaveAlone(let reason): outcome.reason = reason
        case .inject(let injection):
            let mutation = PodMutator.mutate(pod, with: injection)
            outcome.patch = mutation.patch
            try outcome.requireWholePatch(of: "spec")
            outcome.warnings += mutation.warnings
            outcome.reason = Reason(injection, mutation)
            outcome.method = injection.method
            outcome.identity = injection.identity
        }
        return .ready(outcome)
    }

    package func decide(
        _ pod: PodView,
        _ inputs: DecisionInputs,
        using generator: inout some RandomNumberGenerator
    ) -> Decision {
        guard pod.serviceAccountName != nil else { return Decision(.leaveAlone(.noServiceAccount)) }
        var decision = Decision(.leaveAlone(.noRole))
        for provider in providers {
            let warnings = decision.warnings
            decision = provider.decide(pod, inputs, using: &generator)
            if !warnings.isEmpty { decision.warnings = warnings + decision.warnings }
            guard case .leaveAlone = decision.outcome else { break }
        }
        return decision
    }
}

extension Reason {
    init(_ injection: Injection, _ mutation: PodMutator.Mutation) {
        if mutation.patch.isEmpty {
            self = .alreadyInjected
        } else if injection.isMalformed {
            self = .malformedRole
        } else {
            self = mutation.hasMountConflict ? .mountConflict : .injected
        }
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
    package var warnings: Warnings = []

    package init(reason: Reason, warnings: Warnings = []) {
        self.reason = reason
        self.warnings = warnings
    }

    /// A patch that was too large is empty, and would pass for that of a pod that needs none.
    func requireWholePatch(of field: String) throws(MalformedPod) {
        guard patch.isTooLarge else { return }
        throw MalformedPod(field: field, problem: "would need a patch of more than \(JSONPatch.maximumBytes) bytes")
    }
}
