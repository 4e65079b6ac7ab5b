internal import JSON
internal import KubernetesObjects

extension ProviderChain {
    /// What becomes of the ephemeral containers of a pod that exists (`pods/ephemeralcontainers`): a new one gets what the
    /// container that it is there to debug has, else what the first container with an identity has. Nothing is looked up:
    /// the pod keeps the identity that it was created with.
    ///
    /// - Parameter existing: the names of the ephemeral containers that the pod has already; they cannot change.
    /// - Throws: `MalformedPod` also where they would need too large a patch.
    package func mutateEphemeralContainers(
        of pod: PodView,
        except existing: Set<String>
    ) throws(MalformedPod) -> PodOutcome {
        var outcome = PodOutcome(reason: .podHasNoIdentity)
        let new = try pod.ephemeralContainers().filter { !existing.contains($0.name) }
        guard !new.isEmpty else { return outcome }
        let found = providers.map { FoundInjections(of: $0, in: pod) }
        for container in new {
            let target = container.value["targetContainerName"]?.text?.string(cutTo: NamespacedName.maximumBytes)
            guard let injection = found.lazy.compactMap({ $0.injection(for: target) }).first else { continue }
            let mutation = PodMutator.mutate([container], of: pod, with: injection)
            outcome.patch.append(mutation.patch)
            try outcome.requireWholePatch(of: "spec.ephemeralContainers")
            outcome.warnings += mutation.warnings
            if !outcome.reason.isMutation { outcome.reason = Reason(injection, mutation) }
            outcome.method = injection.method
            outcome.identity = injection.identity
        }
        return outcome
    }
}

/// What the containers of a pod have of one provider. All of them are looked at once, however many new ones ask.
private struct FoundInjections {
    private var first: Injection?
    private var byContainer: [String: Injection] = [:]

    init(of provider: any IdentityProvider, in pod: PodView) {
        for (container, injection) in provider.injections(foundIn: pod) {
            if first == nil { first = injection }
            if byContainer[container.name] == nil { byContainer[container.name] = injection }
        }
    }

    /// - Parameter target: the name of the container that a new one is there to debug.
    func injection(for target: String?) -> Injection? { target.flatMap { byContainer[$0] } ?? first }
}
