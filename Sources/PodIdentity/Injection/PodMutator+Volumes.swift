internal import JSON

extension PlacedInjection {
    /// Adds the mounts that the container needs to reach its files, unless something else is mounted at their paths.
    mutating func addMounts(to plan: inout ContainerPlan, _ search: inout TokenSearch) {
        let own = plan.mounts(search)
        for mount in injection.mounts {
            let wanted = ContainerPlan.Mount(volume: name(of: mount), path: mount.path, isWritable: mount.isWritable)
            let path = search.path(mount.path)
            if mount.policy == .replace, let old = own.first(where: { $0.volume == wanted.volume && $0.index != nil }) {
                replace(old, with: wanted, in: &plan, own, search)
                continue
            }
            // The API server refuses a second mount at the same path.
            if let other = own.first(where: { $0.path == path }) {
                guard mount.policy == .replace, !plan.added.contains(where: { $0.path == mount.path }) else { continue }
                noteRefusal(of: wanted, in: plan.container.name, beside: other)
            }
            // A container that mounts the volume at a place of its own needs another mount only if its variable says so.
            if own.contains(where: { $0.volume == wanted.volume }), !leads(plan.environment, to: mount, search) {
                continue
            }
            plan.add(wanted, search)
            isInjected = true
        }
        noteMounts(plan.mounts(search))
    }

    private mutating func noteRefusal(
        of mount: ContainerPlan.Mount,
        in container: String,
        beside other: ContainerMount
    ) {
        guard other.text == mount.path, !injection.isAcknowledged(container) else { return }
        note(.mountConflict)
        let (name, path) = (other.volume.cut(to: 63), mount.path.cut(to: 80))
        warnings.append(
            "\(path), the token's place, is taken by volume \(name): the API server refuses the pod",
            container
        )
    }

    private mutating func replace(
        _ old: ContainerMount,
        with mount: ContainerPlan.Mount,
        in plan: inout ContainerPlan,
        _ own: [ContainerMount],
        _ search: TokenSearch
    ) {
        guard let index = old.index, !old.isSame(as: mount) else { return }
        let path = search.path(mount.path)
        if let other = own.first(where: { $0.path == path && $0.index != index }) {
            noteRefusal(of: mount, in: plan.container.name, beside: other)
        }
        plan.replace(at: index, with: mount, search)
        isInjected = true
    }

    /// Whether a variable of the container leads to a file in this mount.
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
    /// Whether the container's own mount is just what an injection would make of it.
    fileprivate func isSame(as mount: ContainerPlan.Mount) -> Bool {
        text == mount.path && subPath == "" && isReadOnly == !mount.isWritable
    }
}

extension PodMutator {
    /// Adds the volumes that the pod lacks, those that no container mounts only if they are always added.
    mutating func addVolumes() {
        let spec = pod.pointer.appending(key: "spec")
        var exists = search.volumes.list != nil
        for index in injections.indices {
            let placed = injections[index].volumes.filter {
                $0.state != .present && ($0.isMounted || $0.volume.isAlwaysAdded)
            }
            guard !placed.isEmpty else { continue }
            injections[index].isInjected = true
            for volume in placed {
                guard case .taken(let place) = volume.state else { continue }
                patch.replace(spec.appending(key: "volumes").appending(index: place)) {
                    volume.volume.write(named: volume.name, to: &$0)
                }
            }
            let missing = placed.filter { $0.state == .missing }
            append(missing, to: "volumes", of: spec, exists: exists) { $0.volume.write(named: $0.name, to: &$1) }
            exists = exists || !missing.isEmpty
        }
    }

    /// Adds the containers that the injections bring, or puts them in the place of others of their name.
    mutating func addContainers() {
        var added: Set<InjectedContainer.List> = []
        for index in injections.indices {
            for container in injections[index].injection.containers {
                if add(container, isListAdded: added.contains(container.list)) { injections[index].isInjected = true }
                added.insert(container.list)
            }
        }
    }

    /// - Parameter isListAdded: Whether the pod has got the list, if it had none.
    /// - Returns: Whether the pod is changed.
    private mutating func add(_ container: InjectedContainer, isListAdded: Bool) -> Bool {
        let field = container.list.rawValue
        let spec = pod.pointer.appending(key: "spec")
        let existing = pod.spec.member(field).flatMap { $0.kind == .array ? $0 : nil }
        func write(_ writer: inout JSONWriter) { writer.raw(container.container.bytes) }
        if let existing, let found = existing.elements.enumerated().first(where: { $1.isNamed(container.name) }) {
            // Indexes are those before anything was put in front of the list, and replacements come first.
            guard container.policy == .replace, !found.element.includes(container.container) else { return false }
            patch.replace(spec.appending(key: field).appending(index: found.offset), write)
            return true
        }
        if existing != nil || isListAdded {
            let list = spec.appending(key: field)
            patch.add(container.position == .first ? list.appending(index: 0) : list.appendingEnd(), write)
        } else {
            append([container], to: field, of: spec, exists: false) {
                write(&$1); _ = $0
            }
        }
        return true
    }
}
