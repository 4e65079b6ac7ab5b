internal import JSON

extension PlacedInjection {
    /// Replaces the container's own mounts of the same volumes.
    ///
    /// - Returns: Whether any mount is replaced, so that its path becomes free.
    func replaceMounts(in plan: inout ContainerPlan, _ search: TokenSearch) -> Bool {
        guard injection.mounts.contains(where: { $0.policy == .replace }), takesPart(plan) else { return false }
        let before = plan.replaced.count
        for mount in injection.mounts where mount.policy == .replace {
            let wanted = planned(mount)
            let own = plan.mounts(search)
            guard let old = ownMount(of: wanted, plan, own, search) else { continue }
            replace(old, with: wanted, insisting: mount.isAlwaysAdded, in: &plan, own, search)
        }
        return plan.replaced.count > before
    }

    /// Whether the container is given what it lacks.
    private func takesPart(_ plan: ContainerPlan) -> Bool {
        !injection.leavesAlone(plan.container.name) && !isBrought(plan.container)
            && !injection.isComplete(plan.environment)
    }

    /// Adds the mounts that the container needs to reach its files, unless something else is mounted at the same paths.
    func addMounts(to plan: inout ContainerPlan, _ search: inout TokenSearch) {
        let own = plan.mounts(search)
        for mount in injection.mounts {
            let wanted = planned(mount)
            let path = search.path(mount.path)
            // A container that mounts the volume somewhere else needs another mount only if its variable refers to it.
            if own.contains(where: { $0.volume == wanted.volume }), !leads(plan.environment, to: mount, search) {
                continue
            }
            // The API server rejects a second mount at the same path. A third one is never added, because otherwise a
            // pod that is mutated again would get it.
            let atPath = own.filter { $0.path == path }
            if let other = atPath.first {
                let insists = mount.isAlwaysAdded && atPath.count == 1 && other.index != nil
                guard insists, other.volume != wanted.volume else { continue }
                noteRefusal(of: wanted, in: plan.container.name, beside: other)
            }
            plan.add(wanted, search)
            isInjected = true
        }
        noteMounts(plan.mounts(search))
    }

    private func noteRefusal(
        of mount: ContainerPlan.Mount,
        in container: String,
        beside other: ContainerMount
    ) {
        guard other.text == mount.path, !injection.isAcknowledged(container) else { return }
        note(.mountConflict)
        let (name, path) = (other.volume.cut(to: 63), mount.path.cut(to: 80))
        warnings.append(
            "volume \(name) is mounted at \(path), where the token belongs: the API server rejects the pod",
            container
        )
    }

    /// The container's own mount that a mount replaces: the one at its path, or otherwise the first one of its volume.
    /// A mount that another mount of an injection needs is kept.
    private func ownMount(
        of wanted: ContainerPlan.Mount,
        _ plan: ContainerPlan,
        _ own: [ContainerMount],
        _ search: TokenSearch
    ) -> ContainerMount? {
        guard !volumes.contains(where: { $0.name == wanted.volume && $0.isShared }) else { return nil }
        let others = injection.mounts.filter { $0.path != wanted.path }.map { search.path($0.path) }
        let path = search.path(wanted.path)
        let candidates = own.filter { mount in
            guard mount.volume == wanted.volume, let index = mount.index else { return false }
            return mount.path == path || !others.contains(mount.path) && !plan.replaced.contains { $0.index == index }
        }
        return candidates.first { $0.path == path } ?? candidates.first
    }

    private func replace(
        _ old: ContainerMount,
        with mount: ContainerPlan.Mount,
        insisting: Bool,
        in plan: inout ContainerPlan,
        _ own: [ContainerMount],
        _ search: TokenSearch
    ) {
        guard let index = old.index, !old.isSame(as: mount), !plan.replaced.contains(where: { $0.index == index })
        else { return }
        let path = search.path(mount.path)
        let isThere = old.path == path
        let atPath = own.first { $0.index != index && (isThere ? $0.text == mount.path : $0.path == path) }
        if let other = atPath {
            // The API server rejects a second mount at the same path.
            guard insisting else { return }
            noteRefusal(of: mount, in: plan.container.name, beside: other)
        }
        plan.replace(at: index, with: mount, search)
        isInjected = true
    }

    /// Whether a variable of the container refers to a file in this mount.
    private func leads(_ environment: ContainerEnvironment, to mount: InjectedMount, _ search: TokenSearch) -> Bool {
        let files = injection.files.filter { $0.volume == mount.volume && $0.variable != nil }
        guard !files.isEmpty else { return true }
        return files.contains { file in
            guard let name = file.variable, case .text(let text) = environment.value(of: name) else { return false }
            return search.path(text) == search.path("\(mount.path)/\(file.path)")
        }
    }
}

extension ContainerMount {
    /// Whether the container's own mount is the same as what an injection would replace it with.
    fileprivate func isSame(as mount: ContainerPlan.Mount) -> Bool {
        text == mount.path && subPath == "" && isReadOnly == !mount.isWritable
    }
}

extension PodMutator {
    /// Adds the volumes that the pod lacks. Volumes that no container mounts are added only if they are always added.
    mutating func addVolumes() {
        let spec = pod.pointer.appending(key: "spec" as StaticString)
        var exists = search.volumes.list != nil
        for index in injections.indices {
            if getsAllVolumes(injections[index]) {
                injections[index].isInjected = true
                patch.append(injections[index].shared.volumes.template(exists: exists), to: spec)
                exists = true
                continue
            }
            let placed = injections[index].volumes.filter {
                $0.state != .present && ($0.volume.isAlwaysAdded || isMounted($0))
            }
            guard !placed.isEmpty else { continue }
            injections[index].isInjected = true
            for volume in placed {
                guard case .taken(let place) = volume.state else { continue }
                patch.replace(spec.appending(key: "volumes" as StaticString).appending(index: place)) {
                    volume.write(to: &$0)
                }
            }
            let missing = placed.filter { $0.state == .missing }
            append(missing, to: "volumes", of: spec, exists: exists) { $0.write(to: &$1) }
            exists = exists || !missing.isEmpty
        }
    }

    /// Whether the pod has none of the injection's volumes and gets all of them, under their own names.
    private func getsAllVolumes(_ placed: PlacedInjection) -> Bool {
        guard placed.keepsNames, !placed.volumes.isEmpty else { return false }
        // A closure would copy the whole mutator.
        for volume in placed.volumes
        where volume.state != .missing || !(volume.volume.isAlwaysAdded || isMounted(volume)) {
            return false
        }
        return true
    }

    /// Whether a container mounts the volume, perhaps because of another injection.
    private func isMounted(_ volume: PlacedVolume) -> Bool {
        if volume.isMounted { return true }
        return injections.count > 1
            && injections.contains { $0.volumes.contains { $0.name == volume.name && $0.isMounted } }
    }
}

extension PlacedVolume {
    fileprivate func write(to writer: inout JSONWriter) {
        if name == volume.name { writer.raw(volume.json) } else { volume.write(named: name, to: &writer) }
    }
}
