package import JSON

/// Providers in order of precedence: the first one that has an injection wins.
package struct ProviderChain: Sendable {
    let providers: [any IdentityProvider]

    package init(_ providers: [any IdentityProvider]) { self.providers = providers }

    /// The keys of the annotations that any provider reads, without duplicates.
    package var serviceAccountAnnotations: [String] { distinct(providers.flatMap(\.serviceAccountAnnotations)) }

    /// The configurations that any provider reads, without duplicates.
    package var configurations: [ProviderConfigurationSource] {
        providers.flatMap(\.configurations).reduce(into: []) { sources, source in
            if !sources.contains(where: { $0.place == source.place }) { sources.append(source) }
        }
    }

    /// Whether a ServiceAccount or a Namespace with these annotations has an identity of any provider.
    package func givesIdentity(_ annotations: Annotations) -> Bool {
        providers.contains { $0.givesIdentity(annotations) }
    }

    /// The prefixes of the providers' annotations, without duplicates.
    package var annotationPrefixes: [String] { distinct(providers.map(\.annotationPrefix).filter { !$0.isEmpty }) }

    private func distinct(_ texts: [String]) -> [String] {
        texts.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
    }

    /// - Parameter annotations: the annotations of a ServiceAccount that begin with one of `annotationPrefixes`.
    package func problems(ofServiceAccount annotations: Annotations) -> Warnings {
        providers.reduce(into: []) { $0 += $1.problems(ofServiceAccount: annotations) }
    }

    /// - Throws: `MalformedPod` if the pod would need too large a patch.
    package func mutate(
        _ pod: PodView,
        _ inputs: DecisionInputs,
        using generator: inout some RandomNumberGenerator
    ) throws(MalformedPod) -> Answer<MutationResult> {
        let decision = decide(pod, inputs, using: &generator)
        var result = MutationResult(reason: .injected, warnings: decision.warnings)
        switch decision.outcome {
        case .needs(let need): return .needs(need)
        case .leaveAlone(let reason): result.reason = Reason.worst(reason, decision.loss ?? reason)
        case .inject(let injection):
            let mutation = PodMutator.mutate(pod, with: injection)
            result.patch = mutation.patch
            try result.requireWholePatch(of: "spec")
            result.warnings += mutation.warnings
            result.reason = Reason.worst(mutation.reason, decision.loss ?? mutation.reason)
            result.malformation = injection.malformation
            result.concernsContainers = mutation.concernsContainers
            result.method = injection.method
            result.identity = injection.identity
        }
        return .ready(result)
    }

    package func decide(
        _ pod: PodView,
        _ inputs: DecisionInputs,
        using generator: inout some RandomNumberGenerator
    ) -> Decision {
        guard pod.serviceAccountName != nil else { return Decision(.leaveAlone(.noServiceAccount)) }
        var decision = Decision(.leaveAlone(.noRole))
        for provider in providers {
            let (warnings, loss) = (decision.warnings, decision.loss)
            decision = provider.decide(pod, inputs, using: &generator)
            decision.loss = loss
            if !warnings.isEmpty { decision.warnings = warnings + decision.warnings }
            guard case .leaveAlone(let reason) = decision.outcome else { break }
            if reason.severity == .lost, loss == nil { decision.loss = reason }
        }
        return decision
    }
}

/// What is done to a pod, and why.
package struct MutationResult {
    package var reason: Reason
    /// The change to the pod; empty if nothing changes.
    package var patch = JSONPatch()
    /// The method of the injection, if there is one.
    package var method: String?
    /// The identity of the injection, if there is one.
    package var identity: String?
    /// What is wrong with the name of the identity; nil if nothing is.
    package var malformation: String?
    /// Whether there is a container that gets, or has, something of the identity.
    package var concernsContainers = false
    /// Warnings for the client that wrote the object.
    package var warnings: Warnings = []

    package init(reason: Reason, warnings: Warnings = []) {
        self.reason = reason
        self.warnings = warnings
    }

    /// A patch that became too large is empty, so it would be mistaken for that of a pod that needs no change.
    func requireWholePatch(of field: String) throws(MalformedPod) {
        guard patch.isTooLarge else { return }
        throw MalformedPod(field: field, problem: "would need a patch of more than \(JSONPatch.maximumBytes) bytes")
    }
}
