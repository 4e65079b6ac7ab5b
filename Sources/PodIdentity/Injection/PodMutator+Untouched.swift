internal import JSON

extension PodMutator {
    /// Injects into a container that has nothing of its own that concerns the only injection, as is true of nearly all
    /// containers. It gets everything, and no paths have to be followed.
    ///
    /// - Returns: Whether it is such a container; if not, nothing has changed.
    mutating func injectIfUntouched(_ container: ContainerView) -> Bool {
        guard !followsAll, injections.count == 1, injections[0].isUntouched(container) else {
            return false
        }
        let placed = injections[0]
        let variables = placed.shared.untouched.variables
        patch.append(variables.template(exists: container.environment != nil), to: container.pointer)
        let hasMounts = container.volumeMounts != nil
        if placed.keepsNames {
            patch.append(placed.shared.mounts.template(exists: hasMounts), to: container.pointer)
        } else {
            append(placed.shared.injection.mounts, to: "volumeMounts", of: container.pointer, exists: hasMounts) {
                let mount = placed.planned($0)
                $1.raw(mount.json ?? mount.written)
            }
        }
        placed.noteUntouched(container)
        placed.warnOfFileModes(container, in: pod, isOnWindows: false)
        return true
    }
}

extension PlacedInjection {
    fileprivate func isUntouched(_ container: ContainerView) -> Bool {
        shared.isForAllContainers && shared.untouched.hasIdentity && !shared.injection.isForWindows
            && volumes.allSatisfy { $0.state == .missing } && !container.setsAny(of: shared.names)
            && isApart(from: container)
    }

    /// Whether none of the container's mounts interferes with a mount of the injection.
    func isApart(from container: ContainerView) -> Bool {
        guard let mounts = container.volumeMounts else { return true }
        let replaces = shared.injection.mounts.contains { $0.policy == .replace }
        for mount in mounts.elements {
            if replaces, volumes.contains(where: { mount.isNamed($0.name) }) { return false }
            guard let path = mount["mountPath"]?.text else { continue }
            // Copying whole elements would count references to each of their texts.
            for index in shared.injection.mounts.indices
            where !shared.injection.mounts[index].place.isCertainlyApart(from: path) { return false }
        }
        return true
    }

    fileprivate func noteUntouched(_ container: ContainerView) {
        noteAll()
        if !shared.untouched.variables.isEmpty { isInjected = true }
        guard !shared.untouched.warnings.isEmpty, !shared.injection.isAcknowledged(container.name) else { return }
        for warning in shared.untouched.warnings { warnings.append(warning, container.name) }
    }
}

extension ContainerView {
    /// Whether the container sets one of the variables, refers to any other variable in a value, or has variables that
    /// are not in the pod.
    fileprivate func setsAny(of names: VariableNames) -> Bool {
        if value["envFrom"] != nil { return true }
        guard let environment else { return false }
        for entry in environment.elements {
            guard let name = entry["name"]?.text else { continue }
            if names.contain(name) || entry["value"]?.text?.mayHaveReferences ?? false { return true }
        }
        return false
    }
}
