internal import JSON
package import PodIdentity

/// Compares an existing pod with the identity that a new pod like it would get. Only what its containers need to use the
/// identity counts, not everything that an injection adds.
package enum PodExamination: Equatable, Sendable {
    /// A new pod like it would not get an identity, for this reason.
    case leftAlone(Reason)
    /// What the identity depends on is not known.
    case undecided
    case complete(identity: String)
    /// These containers have other credentials instead, and all others have the identity.
    case ownCredentials(identity: String, containers: [String])
    case lacking(Gap)

    package struct Gap: Equatable, Sendable {
        package var identity: String
        /// The names of the containers that are without the identity.
        package var containers: [String]
        /// Whether the pod has the volume with the token, which means that the webhook saw the pod, but not these containers.
        package var hasVolume: Bool
    }

    package init(_ pod: PodView, _ inputs: DecisionInputs, _ providers: ProviderChain) {
        var generator = SystemRandomNumberGenerator()
        switch providers.decide(pod, inputs, using: &generator).outcome {
        case .leaveAlone(let reason): self = .leftAlone(reason)
        case .needs: self = .undecided
        case .inject(let injection): self = Self.compare(pod, injection)
        }
    }

    private static func compare(_ pod: PodView, _ injection: Injection) -> PodExamination {
        var lacking: [String] = []
        var own: [String] = []
        for container in pod.containers where !injection.skippedContainers.contains(container.name) {
            switch state(of: container, injection) {
            case .complete: break
            case .own: own.append(container.name)
            case .lacking: lacking.append(container.name)
            }
        }
        guard lacking.isEmpty else {
            let names = pod.spec["volumes"]?.elements.compactMap { $0["name"]?.string } ?? []
            let hasVolume = injection.volumes.allSatisfy { names.contains($0.name) }
            return .lacking(Gap(identity: injection.identity, containers: lacking, hasVolume: hasVolume))
        }
        guard own.isEmpty else { return .ownCredentials(identity: injection.identity, containers: own) }
        return .complete(identity: injection.identity)
    }

    private enum ContainerState { case complete, own, lacking }

    private static func state(of container: ContainerView, _ injection: Injection) -> ContainerState {
        let isMounted = injection.mounts.allSatisfy { mount in
            container.volumeMounts?.elements.contains { existing in
                (existing["name"]?.text.map { $0 == mount.volume } ?? false)
                    || (existing["mountPath"]?.text.map { $0 == mount.path } ?? false)
            } ?? false
        }
        let identity = injection.environment.flatMap(\.variables).filter {
            injection.identityVariables.contains($0.name)
        }
        let variables = identity.filter { container.sets($0.name) }
        guard !variables.isEmpty || identity.isEmpty else { return .lacking }
        if variables.count == identity.count, isMounted { return .complete }
        return variables.contains { container.value(of: $0.name) == $0.value } ? .lacking : .own
    }
}

extension ContainerView {
    /// If several entries have this name, the last one counts.
    fileprivate func value(of variable: String) -> String? {
        environment?.elements.filter { $0["name"]?.text.map { $0 == variable } ?? false }.last?["value"]?.string
    }
}
