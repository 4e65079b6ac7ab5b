internal import JSON
internal import KubernetesObjects

extension ProviderChain {
    /// Injects into the new ephemeral containers of an existing pod (`pods/ephemeralcontainers`). For each cloud, a
    /// container gets what its target container has, or otherwise what the first container with an identity has.
    /// Nothing is looked up, because the pod keeps the identities that it was created with.
    ///
    /// - Parameters:
    ///   - existing: The names of the ephemeral containers that the pod already has; these cannot change.
    ///   - configurations: Those that contain providers.
    /// - Throws: `MalformedPod`, also if the patch for the containers would be too large.
    package func mutateEphemeralContainers(
        of pod: PodView,
        except existing: Set<String>,
        _ configurations: ProviderConfigurations = .init()
    ) throws(MalformedPod) -> MutationResult {
        var result = MutationResult(reason: .podHasNoIdentity)
        let new = try pod.ephemeralContainers().filter { !existing.contains($0.name) }
        guard !new.isEmpty else { return result }
        let found = clouds(configurations).map { cloud in
            (cloud, cloud.providers.map { FoundInjections(of: $0, in: pod) })
        }
        var search = TokenSearch(in: pod, isOnWindows: pod.isForWindows)
        for container in new {
            let target = container.value["targetContainerName"]?.text?.string(cutTo: NamespacedName.maximumBytes)
            var decisions = found.compactMap { cloud, found -> CloudDecision? in
                // Nothing can be added to the volumes of an existing pod.
                guard let injection = found.lazy.compactMap({ $0.injection(for: target) }).first,
                    injection.volumes.allSatisfy({ search.volumes.has($0) })
                else { return nil }
                return CloudDecision(
                    cloud: cloud.name,
                    auditKeys: cloud.auditKeys,
                    decision: Decision(.inject(injection))
                )
            }
            decisions.setApart()
            guard !decisions.isEmpty else { continue }
            let mutation = PodMutator.mutate([container], of: pod, with: decisions.sharedInjections, &search)
            result.patch.append(mutation.patch)
            try result.requireWholePatch(of: "spec.ephemeralContainers")
            for (decision, part) in zip(decisions, mutation.parts) { result.merge(decision, part) }
        }
        return result
    }
}

extension MutationResult {
    /// Adds the result for one more container to the part of its cloud.
    fileprivate mutating func merge(_ decision: CloudDecision, _ part: PodMutator.Part) {
        guard let index = parts.firstIndex(where: { $0.cloud == decision.cloud }) else { return add(decision, part) }
        parts[index].reason = Reason.worst(parts[index].reason, part.reason)
        reason = Reason.worst(reason, part.reason)
        parts[index].method = part.method
        parts[index].identity = part.identity
        warnings += part.warnings
        if part.concernsContainers { parts[index].concernsContainers = true }
    }
}

/// What the containers of a pod got from one provider, determined once for all new ephemeral containers.
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
