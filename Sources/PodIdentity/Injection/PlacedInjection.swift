internal import JSON

/// An injection that is being applied to a pod. It is a class because it is too large to be copied with each access.
final class PlacedInjection {
    let shared: SharedInjection
    var injection: Injection { _read { yield shared.injection } }
    /// The injection's volumes in this pod.
    var volumes: [PlacedVolume]
    /// Whether all volumes have the same names in the pod as in the injection.
    private(set) var keepsNames = true
    var warnings = ContainerWarnings()
    /// Whether any container has or gets the identity. If the identity has no variables, every pod counts as having it.
    private(set) var anyContainerHasIdentity: Bool
    private var worst = Reason.alreadyInjected
    private var concernsContainers = false
    /// Whether a container or a volume is changed, not only labels and annotations.
    var isInjected = false

    /// - Parameter earlier: The injections that come before this one.
    init(_ shared: SharedInjection, after earlier: [PlacedInjection], _ search: inout TokenSearch) {
        self.shared = shared
        anyContainerHasIdentity = shared.injection.identityVariables.isEmpty
        volumes = []
        volumes.reserveCapacity(shared.injection.volumes.count)
        for volume in shared.injection.volumes {
            let isClaimed = earlier.contains {
                $0.volumes.contains { $0.name == volume.name || $0.volume.name == volume.name }
            }
            var placed = search.volumes.place(volume, isClaimed: isClaimed)
            placed.isShared = earlier.contains { $0.volumes.contains { $0.name == placed.name } }
            if placed.name != volume.name { keepsNames = false }
            volumes.append(placed)
        }
    }

    var part: PodMutator.Part {
        var reason = worst
        if injection.malformation != nil && anyContainerHasIdentity {
            reason = injection.malformedReason
        } else if reason.severity < .differs {
            reason = isInjected ? .injected : .alreadyInjected
        }
        let concernsPod =
            !injection.containers.isEmpty || !injection.labels.isEmpty || !injection.annotations.isEmpty
        return PodMutator.Part(
            method: injection.method,
            identity: injection.identity,
            malformation: injection.malformation,
            warnings: warnings.all,
            reason: reason,
            concernsContainers: concernsContainers || concernsPod
        )
    }

    /// Notes a reason found in a container.
    func note(_ reason: Reason) { worst = Reason.worst(worst, reason) }

    func warnOfUnknownNames(in pod: PodView) {
        let listed = injection.skippedContainers.union(injection.onlyContainers ?? [])
            .union(injection.ownEnvironments.keys)
        guard !listed.isEmpty else { return }
        let names = pod.containers.map(\.name) + injection.containers.map(\.name)
        for name in listed.subtracting(names).sorted() {
            let purpose =
                if injection.skippedContainers.contains(name) {
                    "should be skipped"
                } else if injection.ownEnvironments[name] != nil {
                    "should have its own identity"
                } else {
                    "should be the only one"
                }
            warnings.append("no container is named \(name), which \(purpose)")
        }
    }

    func inject(into plan: inout ContainerPlan, _ search: inout TokenSearch) {
        let container = plan.container
        guard !injection.leavesAlone(container.name), !isBrought(container) else {
            if volumes.contains(where: { $0.state != .present }) { noteMounts(plan.mounts(search)) }
            return
        }
        concernsContainers = true
        plan.environment.startInjection()
        let isComplete = injection.isComplete(plan.environment)
        if !isComplete {
            let (before, replaced) = (plan.environment.changes, plan.environment.replaced.count)
            plan.environment.apply(injection.environment(of: container.name))
            if plan.environment.changes > before { isInjected = true }
            warnOfReplacedVariables(container.name, plan.environment, plan.environment.replaced[replaced...])
            if isPlain(plan) { return injectAll(into: &plan, search) }
        }
        if isComplete {
            // A complete container needs no mount, but if it has one, it needs the volume.
            noteMounts(plan.mounts(search))
        } else {
            addMounts(to: &plan, &search)
        }
        examine(&plan, &search)
    }

    /// Notes whether a container has the identity, after all injections have been applied to it: when the pod is
    /// mutated again, all that they added is the container's own.
    func noteIdentity(in plan: ContainerPlan) {
        guard !anyContainerHasIdentity, !injection.leavesAlone(plan.container.name), !isBrought(plan.container)
        else { return }
        anyContainerHasIdentity = injection.forContainer(plan.container.name).isNamed(in: plan.environment)
    }

    /// Whether the container gets all of the identity, and has nothing of its own that could hide the token, so that no
    /// paths have to be followed. This is true of nearly all containers.
    private func isPlain(_ plan: ContainerPlan) -> Bool {
        guard !injection.isForWindows, volumes.allSatisfy({ $0.state == .missing }), plan.replaced.isEmpty,
            injection.identityVariables.allSatisfy({ plan.environment.isGiven($0) })
        else { return false }
        let places = injection.mounts
        guard plan.added.allSatisfy({ added in places.allSatisfy { $0.place.isCertainlyApart(from: added.path) } })
        else {
            return false
        }
        return isApart(from: plan.container)
    }

    private func injectAll(into plan: inout ContainerPlan, _ search: TokenSearch) {
        for mount in injection.mounts {
            plan.add(planned(mount), search)
        }
        noteAll()
        if !injection.isAcknowledged(plan.container.name) { warn(of: plan.container.name, plan.environment) }
    }

    /// Notes that a container gets all of the injection.
    func noteAll() {
        concernsContainers = true
        if !shared.injection.mounts.isEmpty { isInjected = true }
        for index in volumes.indices { volumes[index].isMounted = true }
        anyContainerHasIdentity = true
    }

    /// Determines whether the container can use the identity, and what to tell its owner.
    private func examine(_ plan: inout ContainerPlan, _ search: inout TokenSearch) {
        let outcome = ContainerOutcome(environment: plan.environment, mounts: plan.mounts(search))
        let name = plan.container.name
        let obstacle = injection.forContainer(name).obstacle(for: outcome, &search)
        guard !injection.isAcknowledged(name) else { return }
        if let obstacle {
            note(obstacle.reason)
            warnings.append(text(obstacle, in: plan.environment), name)
        }
        warn(of: name, plan.environment)
        if obstacle?.reason != .mountConflict { warnOfReadOnlyMounts(name, outcome.mounts, search) }
    }

    private func text(_ obstacle: TokenObstacle, in environment: ContainerEnvironment) -> String {
        guard case .missingVariable = obstacle else { return "\(obstacle)" }
        let own = injection.identityVariables.filter { environment.sets($0) }
        return own.isEmpty ? "\(obstacle)" : "\(obstacle), and is not added because the container sets \(own.listed)"
    }

    /// Notes that a container mounts these volumes.
    func noteMounts(_ mounts: [ContainerMount]) {
        for index in volumes.indices where mounts.contains(where: { $0.volume == volumes[index].name }) {
            volumes[index].isMounted = true
        }
    }

    /// The mount as a container of this pod gets it.
    func planned(_ mount: InjectedMount) -> ContainerPlan.Mount {
        let name = name(of: mount)
        let json = name == mount.volume ? mount.json : nil
        return ContainerPlan.Mount(volume: name, path: mount.path, isWritable: mount.isWritable, json: json)
    }

    /// The name that the volume of a mount has in this pod.
    func name(of mount: InjectedMount) -> String {
        volumes.first { $0.volume.name == mount.volume }?.name ?? mount.volume
    }
}

extension Injection {
    /// Whether the container already has everything that it needs.
    func isComplete(_ environment: ContainerEnvironment) -> Bool {
        guard !skipContainerIfSet.isEmpty else { return false }
        return skipContainerIfSet.allSatisfy { $0.contains { environment.sets($0) } }
    }

    /// Whether the container has the variables that name the identity, whether or not it reaches its token.
    func isNamed(in environment: ContainerEnvironment) -> Bool {
        guard !identityVariables.isEmpty else { return true }
        return identityVariables.allSatisfy { name in
            guard case .text(let value) = environment.value(of: name) else {
                return environment.comesFromField(name, of: self.environment)
            }
            return isFileVariable(name) || values(of: name).contains(value)
        }
    }

    /// Whether the variable has the path of a file.
    func isFileVariable(_ name: String) -> Bool { files.contains { $0.variable == name } }
}
