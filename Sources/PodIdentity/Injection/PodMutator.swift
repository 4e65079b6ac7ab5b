package import JSON

/// Turns an injection into a JSON patch of a pod, with one operation for each thing that is missing. A pod that has
/// everything gets an empty patch.
package struct PodMutator {
    package struct Mutation {
        package var patch = JSONPatch()
        /// Warnings for the client that creates the pod.
        package var warnings: Warnings = []
        package var reason = Reason.alreadyInjected
    }

    let pod: PodView
    let injection: Injection
    var patch = JSONPatch()
    var search: TokenSearch
    var warnings = ContainerWarnings()
    /// The names that the injection's volumes have in this pod, by their wanted names.
    private(set) var volumeNames: [String: String] = [:]
    /// The injection's volumes that the pod lacks, under the names that they get, and whether a container mounts them.
    private(set) var missingVolumes: [(name: String, volume: ProjectedTokenVolume, isMounted: Bool)] = []
    /// Whether any container has or gets the identity. Every pod counts as having an identity without variables.
    private(set) var anyContainerHasIdentity: Bool
    private var worst = Reason.alreadyInjected
    /// Whether a container or the volumes are changed, and not only labels and annotations.
    private var isInjected = false

    private init(_ pod: PodView, _ injection: Injection) {
        self.pod = pod
        self.injection = injection
        search = TokenSearch(in: pod)
        anyContainerHasIdentity = injection.identityVariables.isEmpty
        for volume in injection.volumes { place(volume) }
    }

    package static func mutate(_ pod: PodView, with injection: Injection) -> Mutation {
        var mutator = PodMutator(pod, injection)
        for container in pod.containers { mutator.inject(into: container) }
        mutator.addVolumes()
        mutator.isInjected = !mutator.patch.isEmpty
        mutator.addMetadata()
        mutator.warnOfUnknownNames()
        return mutator.mutation
    }

    /// Changes ephemeral containers alone: nothing else of an existing pod can change.
    package static func mutate(_ containers: [ContainerView], of pod: PodView, with injection: Injection) -> Mutation {
        var mutator = PodMutator(pod, injection)
        for container in containers {
            mutator.inject(into: container)
            mutator.warnOfTokenMode(container)
        }
        mutator.isInjected = !mutator.patch.isEmpty
        return mutator.mutation
    }

    private var mutation: Mutation {
        var reason = worst
        if injection.malformation != nil && anyContainerHasIdentity {
            reason = .malformedRole
        } else if reason.severity < .differs {
            reason = isInjected ? .injected : .alreadyInjected
        }
        return Mutation(patch: patch, warnings: warnings.all, reason: reason)
    }

    private mutating func place(_ volume: ProjectedTokenVolume) {
        let (name, exists) = search.volumes.place(volume)
        volumeNames[volume.name] = name
        guard !exists else { return }
        missingVolumes.append((name, volume, false))
        search.volumes.add(volume, as: name)
    }

    private mutating func warnOfUnknownNames() {
        let (skipped, acknowledged) = (injection.skippedContainers, injection.acknowledgedContainers)
        guard !skipped.isEmpty || !acknowledged.isEmpty else { return }
        let names = Set(pod.containers.map(\.name))
        for name in skipped.subtracting(names).sorted() {
            warnings.append("no container is named \(name), which is to be skipped")
        }
        for name in acknowledged.subtracting(names).sorted() where name != "*" {
            warnings.append("no container is named \(name), whose warnings are acknowledged")
        }
    }

    // MARK: Containers

    private mutating func inject(into container: ContainerView) {
        guard !injection.skippedContainers.contains(container.name) else { return }
        let (environment, isComplete) = environment(of: container)
        var outcome = ContainerOutcome(environment: environment, mounts: search.mounts(of: container))
        if isComplete {
            // What is complete needs no mount, but if it has one, it needs the volume.
            noteMounts(outcome.mounts)
        } else {
            addEnvironment(environment, to: container)
            addMounts(to: container, &outcome)
        }
        if hasIdentity(environment) { anyContainerHasIdentity = true }
        examine(container, outcome)
    }

    /// The variables of the container with those that it is given, and whether it has all that it needs already.
    func environment(of container: ContainerView) -> (environment: ContainerEnvironment, isComplete: Bool) {
        var environment = ContainerEnvironment(of: container)
        let isComplete = isComplete(environment)
        if !isComplete, !injection.skippedContainers.contains(container.name) {
            environment.apply(injection.environment)
        }
        return (environment, isComplete)
    }

    private func isComplete(_ environment: ContainerEnvironment) -> Bool {
        guard !injection.skipContainerIfSet.isEmpty else { return false }
        return injection.skipContainerIfSet.allSatisfy { $0.contains { environment.sets($0) } }
    }

    /// Finds out whether the container can use the identity, and what its owner is to be told.
    private mutating func examine(_ container: ContainerView, _ outcome: ContainerOutcome) {
        let obstacle = injection.obstacle(for: outcome, &search)
        guard !injection.isAcknowledged(container.name) else { return }
        if let obstacle {
            worst = Reason.worst(worst, obstacle.reason)
            warnings.append(text(obstacle, in: outcome.environment), container.name)
        }
        warn(of: container.name, outcome)
    }

    private func text(_ obstacle: TokenObstacle, in environment: ContainerEnvironment) -> String {
        guard case .missingVariable = obstacle else { return "\(obstacle)" }
        let own = injection.identityVariables.filter { environment.sets($0) }.joined(separator: ", ")
        return own.isEmpty ? "\(obstacle)" : "\(obstacle), and is not added beside its own \(own)"
    }

    /// Notes that a container mounts these volumes.
    mutating func noteMounts(_ mounts: [ContainerMount]) {
        for index in missingVolumes.indices where mounts.contains(where: { $0.volume == missingVolumes[index].name }) {
            missingVolumes[index].isMounted = true
        }
    }
}

extension Injection {
    /// Whether the container's owner has said that they mean what it sets.
    package func isAcknowledged(_ container: String) -> Bool {
        acknowledgedContainers.contains(container) || acknowledgedContainers.contains("*")
    }
}
