internal import JSON

extension PodMutator {
    /// Adds the injections' containers, or replaces others that have the same names.
    mutating func addContainers() {
        guard injections.contains(where: { !$0.injection.containers.isEmpty }) else { return }
        var missing: [InjectedContainer] = []
        // Indices refer to the list before anything is inserted at its start, so all replacements come first.
        for index in injections.indices {
            for container in injections[index].containers {
                guard let own = ownContainer(container) else {
                    missing.append(container)
                    injections[index].isInjected = true
                    continue
                }
                guard container.policy == .replace, !own.value.includes(container.container) else { continue }
                let list = pod.pointer.appending(key: "spec").appending(key: container.list.rawValue)
                patch.replace(list.appending(index: own.index)) { $0.raw(container.container.bytes) }
                injections[index].isInjected = true
            }
        }
        for list in InjectedContainer.List.allCases { add(missing.filter { $0.list == list }, to: list) }
    }

    private func list(_ list: InjectedContainer.List) -> JSONValue? {
        pod.spec.member(list.rawValue).flatMap { $0.kind == .array ? $0 : nil }
    }

    private func ownContainer(_ container: InjectedContainer) -> (index: Int, value: JSONValue)? {
        list(container.list)?.elements.enumerated().first { $1.isNamed(container.name) }.map { ($0.offset, $0.element) }
    }

    private mutating func add(_ containers: [InjectedContainer], to name: InjectedContainer.List) {
        var exists = list(name) != nil
        let list = pod.pointer.appending(key: "spec").appending(key: name.rawValue)
        for container in containers {
            if exists {
                patch.add(container.position == .first ? list.appending(index: 0) : list.appendingEnd()) {
                    $0.raw(container.container.bytes)
                }
            } else {
                patch.add(list) { $0.array { $0.raw(container.container.bytes) } }
                exists = true
            }
        }
    }
}

extension PlacedInjection {
    /// The injection's containers, with its volumes under the names that they have in the pod.
    var containers: [InjectedContainer] {
        guard volumes.contains(where: { $0.name != $0.volume.name }) else { return injection.containers }
        return injection.containers.map { container in
            InjectedContainer(
                container.name,
                in: container.list,
                container.position,
                policy: container.policy,
                container.container.mounting { name in volumes.first { $0.volume.name == name }?.name ?? name }
            )
        }
    }

    /// Whether this container was added by an injection like this one, and so already has everything that it needs.
    func isBrought(_ container: ContainerView) -> Bool {
        guard injection.containers.contains(where: { $0.name == container.name }) else { return false }
        return containers.contains { $0.name == container.name && container.value.includes($0.container) }
    }

    /// Notes the volumes that the injection's containers mount.
    func noteMountsOfContainers() {
        for container in injection.containers {
            for mount in container.container["volumeMounts"]?.elements ?? [] {
                for index in volumes.indices where mount["name"]?.string == volumes[index].volume.name {
                    volumes[index].isMounted = true
                }
            }
        }
    }
}

extension JSONTree {
    /// The container with its volumes renamed.
    fileprivate func mounting(_ name: (String) -> String) -> JSONTree {
        var container = self
        guard let mounts = self["volumeMounts"]?.elements else { return self }
        container["volumeMounts"] = .array(
            mounts.map { mount in
                var mount = mount
                if let volume = mount["name"]?.string { mount["name"] = .string(name(volume)) }
                return mount
            }
        )
        return container
    }
}
