internal import JSON

/// Whether a container of an existing pod has the identity that a new pod like it would get.
package struct ContainerExamination: Equatable, Sendable {
    package let container: String
    /// What prevents the container, according to its own environment, from reaching its token; nil if nothing does.
    package let obstacle: TokenObstacle?
    /// The variables that the container sets and that take precedence over the identity.
    package let overridingVariables: [String]
    /// Whether the container's owner has acknowledged that its settings are intended.
    package let isAcknowledged: Bool
    /// Whether the container sets any of the identity's variables. A container that sets none was never given the
    /// identity.
    package let setsIdentity: Bool
    /// Whether the container has the token, or at least the variable that refers to the token's place, as after an
    /// injection, perhaps of another identity.
    package let hasToken: Bool
}

extension Injection {
    /// Examines the containers of an existing pod, including init containers. Those that are left alone are left out.
    package func examine(_ pod: PodView) -> [ContainerExamination] { examine(pod.containers, of: pod) }

    /// Examines some of the containers of an existing pod.
    package func examine(_ containers: [ContainerView], of pod: PodView) -> [ContainerExamination] {
        var search = TokenSearch(in: pod, isOnWindows: isForWindows)
        return containers.filter { !leavesAlone($0.name) }.map { forContainer($0.name).examine($0, &search) }
    }

    /// Whether an existing pod has all volumes of this injection, under any names.
    package func hasVolumes(in pod: PodView) -> Bool {
        var all = PodVolumes(of: pod, ignoringCase: isForWindows)
        return volumes.allSatisfy { all.has($0) }
    }

    /// The names of this injection's containers that an existing pod lacks. A container may be in a different list of
    /// the pod than it would be in a new pod.
    package func missingContainers(in pod: PodView) -> [String] {
        guard !containers.isEmpty else { return [] }
        let names = Set(pod.containers.map(\.name))
        return containers.map(\.name).filter { !names.contains($0) }
    }

    private func examine(_ container: ContainerView, _ search: inout TokenSearch) -> ContainerExamination {
        let environment = ContainerEnvironment(of: container)
        let outcome = ContainerOutcome(environment: environment, mounts: search.mounts(of: container))
        let setsIdentity = identityVariables.contains { environment.sets($0) }
        // Variables that `envFrom` sets cannot be seen, but an injection would have put its own variables before them.
        let untouched = setsIdentity ? nil : identityVariables.first.map(TokenObstacle.missingVariable)
        return ContainerExamination(
            container: container.name,
            obstacle: untouched ?? obstacle(for: outcome, &search),
            overridingVariables: overridingVariables(in: environment),
            isAcknowledged: isAcknowledged(container.name),
            setsIdentity: setsIdentity,
            hasToken: hasToken(outcome, &search)
        )
    }

    private func hasToken(_ container: ContainerOutcome, _ search: inout TokenSearch) -> Bool {
        for case let variable? in files.lazy.map(\.variable) {
            guard case .text(let text) = container.environment.value(of: variable) else { continue }
            if values(of: variable).contains(text) || fileObstacle(for: container, &search) == nil { return true }
        }
        return false
    }
}
