package import JSON

/// Turns an injection into a JSON patch of a pod, with one operation for each thing that is missing. A pod that has
/// everything gets an empty patch.
package struct PodMutator {
    package struct Mutation {
        package var patch = JSONPatch()
        /// Warnings for the client that creates the pod.
        package var warnings: Warnings = []
        package var reason = Reason.alreadyInjected
        /// Whether there is a container that is not left alone.
        package var concernsContainers = false
    }

    let pod: PodView
    let injection: Injection
    var patch = JSONPatch()
    var search: TokenSearch
    var warnings = ContainerWarnings()
    /// The injection's volumes, as this pod has or gets them.
    private(set) var volumes: [PlacedVolume] = []
    /// Whether any container has or gets the identity. Every pod counts as having an identity without variables.
    private(set) var anyContainerHasIdentity: Bool
    private var worst = Reason.alreadyInjected
    private var concernsContainers = false
    /// Whether a container or the volumes are changed, and not only labels and annotations.
    private var isInjected = false

    private init(_ pod: PodView, _ injection: Injection, _ search: TokenSearch) {
        self.pod = pod
        self.injection = injection
        self.search = search
        anyContainerHasIdentity = injection.identityVariables.isEmpty
        volumes = injection.volumes.map { self.search.volumes.place($0) }
    }

    package static func mutate(_ pod: PodView, with injection: Injection) -> Mutation {
        var mutator = PodMutator(pod, injection, TokenSearch(in: pod, isOnWindows: injection.isForWindows))
        for container in pod.containers { mutator.inject(into: container) }
        mutator.addVolumes()
        mutator.isInjected = !mutator.patch.isEmpty
        mutator.addMetadata()
        mutator.warnOfUnknownNames()
        return mutator.mutation
    }

    /// Changes ephemeral containers alone: nothing else of an existing pod can change.
    ///
    /// - Parameter search: a search in this pod, which all its ephemeral containers share.
    static func mutate(
        _ containers: [ContainerView],
        of pod: PodView,
        with injection: Injection,
        _ search: inout TokenSearch
    ) -> Mutation {
        var mutator = PodMutator(pod, injection, search)
        defer { search = mutator.search }
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
        return Mutation(
            patch: patch,
            warnings: warnings.all,
            reason: reason,
            concernsContainers: concernsContainers
        )
    }

    private mutating func warnOfUnknownNames() {
        guard !injection.skippedContainers.isEmpty else { return }
        let names = Set(pod.containers.map(\.name))
        for name in injection.skippedContainers.subtracting(names).sorted() {
            warnings.append("no container is named \(name), which is to be skipped")
        }
    }

    // MARK: Containers

    private mutating func inject(into container: ContainerView) {
        guard !injection.skippedContainers.contains(container.name) else {
            if volumes.contains(where: \.isMissing) { noteMounts(search.mounts(of: container)) }
            return
        }
        concernsContainers = true
        let (environment, isComplete) = environment(of: container)
        guard isComplete || !isPlain(container, environment) else { return injectAll(into: container, environment) }
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

    /// Whether the container gets all of the identity, and has nothing of its own that could be in the way of the token, so that
    /// nothing has to be followed. That is so with nearly all containers.
    private func isPlain(_ container: ContainerView, _ environment: ContainerEnvironment) -> Bool {
        guard !injection.isForWindows, volumes.allSatisfy(\.isMissing),
            injection.identityVariables.allSatisfy(environment.isGiven)
        else { return false }
        return container.volumeMounts?.elements.allSatisfy { mount in
            guard let path = mount["mountPath"]?.text else { return true }
            return injection.mounts.allSatisfy { $0.place.isCertainlyApart(from: path) }
        } ?? true
    }

    private mutating func injectAll(into container: ContainerView, _ environment: ContainerEnvironment) {
        addEnvironment(environment, to: container)
        write(injection.mounts.map { (name(of: $0), $0.path) }, to: container)
        for index in volumes.indices { volumes[index].isMounted = true }
        anyContainerHasIdentity = true
        if !injection.isAcknowledged(container.name) { warn(of: container.name, environment) }
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
        warn(of: container.name, outcome.environment)
        if obstacle?.reason != .mountConflict { warnOfReadOnlyMounts(container.name, outcome.mounts) }
    }

    private func text(_ obstacle: TokenObstacle, in environment: ContainerEnvironment) -> String {
        guard case .missingVariable = obstacle else { return "\(obstacle)" }
        let own = injection.identityVariables.filter { environment.sets($0) }.joined(separator: ", ")
        return own.isEmpty ? "\(obstacle)" : "\(obstacle), and is not added beside its own \(own)"
    }

    /// Notes that a container mounts these volumes.
    mutating func noteMounts(_ mounts: [ContainerMount]) {
        for index in volumes.indices where mounts.contains(where: { $0.volume == volumes[index].name }) {
            volumes[index].isMounted = true
        }
    }

    /// The name that the volume of a mount has in this pod.
    func name(of mount: TokenMount) -> String { volumes.first { $0.token.name == mount.volume }?.name ?? mount.volume }
}

extension Injection {
    /// Whether the container's owner has said that they mean what it sets.
    package func isAcknowledged(_ container: String) -> Bool {
        guard !acknowledgedContainers.isEmpty else { return false }
        return acknowledgedContainers.contains(container) || acknowledgedContainers.contains("*")
    }
}
