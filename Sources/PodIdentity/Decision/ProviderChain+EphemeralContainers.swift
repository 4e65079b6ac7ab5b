internal import JSON
internal import KubernetesObjects

extension ProviderChain {
    /// Injects into the new ephemeral containers of an existing pod (`pods/ephemeralcontainers`). Each gets what its target
    /// container has, or else what the first container with an identity has. Nothing is looked up, because the pod keeps
    /// the identity that it was created with.
    ///
    /// - Parameter existing: the names of the ephemeral containers that the pod already has; they cannot change.
    /// - Throws: `MalformedPod`, also if the containers would need too large a patch.
    package func mutateEphemeralContainers(
        of pod: PodView,
        except existing: Set<String>
    ) throws(MalformedPod) -> MutationResult {
        var result = MutationResult(reason: .podHasNoIdentity)
        let new = try pod.ephemeralContainers().filter { !existing.contains($0.name) }
        guard !new.isEmpty else { return result }
        let found = providers.map { FoundInjections(of: $0, in: pod) }
        var search = TokenSearch(in: pod, isOnWindows: pod.isForWindows)
        for container in new {
            let target = container.value["targetContainerName"]?.text?.string(cutTo: NamespacedName.maximumBytes)
            guard let injection = found.lazy.compactMap({ $0.injection(for: target) }).first else { continue }
            let mutation = PodMutator.mutate([container], of: pod, with: injection, &search)
            result.patch.append(mutation.patch)
            try result.requireWholePatch(of: "spec.ephemeralContainers")
            result.warnings += mutation.warnings
            result.reason = Reason.worst(result.reason, mutation.reason)
            result.concernsContainers = result.concernsContainers || mutation.concernsContainers
            result.method = injection.method
            result.identity = injection.identity
        }
        return result
    }
}

/// What the containers of a pod got from one provider, found once for all new ephemeral containers.
private struct FoundInjections {
    private var first: Injection?
    private var byContainer: [String: Injection] = [:]

    init(of provider: any IdentityProvider, in pod: PodView) {
        for (container, injection) in provider.injections(foundIn: pod) {
            if first == nil { first = injection }
            if byContainer[container.name] == nil { byContainer[container.name] = injection }
        }
    }

    /// - Parameter target: the `targetContainerName` of an ephemeral container.
    func injection(for target: String?) -> Injection? { target.flatMap { byContainer[$0] } ?? first }
}
