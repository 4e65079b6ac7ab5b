internal import JSON

/// Whether a container of a pod that exists has the identity that a new pod like it would get.
package struct ContainerExamination: Equatable, Sendable {
    package let container: String
    /// What keeps the container, following its own environment, from its token; nil if nothing does.
    package let obstacle: TokenObstacle?
    /// The variables that the container sets and that are used instead of the identity.
    package let overridingVariables: [String]
    /// Whether the container's owner has said that they mean what it sets.
    package let isAcknowledged: Bool
}

extension Injection {
    /// Examines the containers, init containers included, of a pod that exists. Those that are left alone are left out.
    package func examine(_ pod: PodView) -> [ContainerExamination] {
        var search = TokenSearch(in: pod, isOnWindows: isForWindows)
        return pod.containers.filter { !skippedContainers.contains($0.name) }.map { container in
            let environment = ContainerEnvironment(of: container)
            let outcome = ContainerOutcome(environment: environment, mounts: search.mounts(of: container))
            return ContainerExamination(
                container: container.name,
                obstacle: obstacle(for: outcome, &search),
                overridingVariables: overridingVariables.filter { environment.sets($0) },
                isAcknowledged: isAcknowledged(container.name)
            )
        }
    }
}
