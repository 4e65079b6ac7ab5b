internal import JSON

extension ProviderChain {
    /// What becomes of the ephemeral containers of a pod that exists (`pods/ephemeralcontainers`): a new one gets what the
    /// container that it is there to debug has, else what the first container with an identity has. Nothing is looked up:
    /// the pod keeps the identity that it was created with.
    ///
    /// - Parameter existing: the names of the ephemeral containers that the pod has already; they cannot change.
    package func mutateEphemeralContainers(
        of pod: PodView,
        except existing: Set<String>
    ) throws(MalformedPod) -> PodOutcome {
        var outcome = PodOutcome(reason: .podHasNoIdentity)
        for container in try pod.ephemeralContainers() where !existing.contains(container.name) {
            guard let injection = injection(foundIn: pod, for: container) else { continue }
            let mutation = PodMutator.mutate([container], of: pod, with: injection)
            outcome.patch.append(mutation.patch)
            outcome.warnings += mutation.warnings
            if !outcome.reason.isMutation { outcome.reason = Reason(injection, mutation) }
            outcome.method = injection.method
            outcome.identity = injection.identity
        }
        return outcome
    }

    private func injection(foundIn pod: PodView, for new: ContainerView) -> Injection? {
        let target = new.value["targetContainerName"]?.string
        let donors = pod.containers.filter { $0.name == target } + pod.containers.filter { $0.name != target }
        for provider in providers {
            for donor in donors {
                if let injection = provider.injection(foundIn: donor, of: pod) { return injection }
            }
        }
        return nil
    }
}
