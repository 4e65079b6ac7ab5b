internal import JSON

/// What a container has, and what it gets from all injections together.
struct ContainerPlan {
    /// A mount that the container gets.
    struct Mount {
        let volume: String
        let path: String
        let isWritable: Bool
        /// The mount in JSON, if it has already been written.
        var json: [UInt8]?
    }

    let container: ContainerView
    var environment: ContainerEnvironment
    /// The mounts that are appended to the container's.
    private(set) var added: [Mount] = []
    /// The mounts that replace some of the container's own, which are identified by their index.
    private(set) var replaced: [(index: Int, mount: Mount)] = []
    private var known: [ContainerMount]?

    init(_ container: ContainerView) {
        self.container = container
        environment = ContainerEnvironment(of: container)
    }

    /// The mounts that the container will have. They are read only when they are needed, which is rare.
    mutating func mounts(_ search: TokenSearch) -> [ContainerMount] {
        if let known { return known }
        let mounts = search.mounts(of: container) + added.map { search.mount($0) }
        known = mounts
        return mounts
    }

    mutating func add(_ mount: Mount, _ search: TokenSearch) {
        added.append(mount)
        known?.append(search.mount(mount))
    }

    /// - Parameter index: The index in the container's list.
    mutating func replace(at index: Int, with mount: Mount, _ search: TokenSearch) {
        replaced.append((index, mount))
        known = mounts(search).map { $0.index == index ? search.mount(mount, at: index) : $0 }
    }
}

extension PodMutator {
    mutating func addMounts(_ plan: ContainerPlan, to container: ContainerView) {
        for (index, mount) in plan.replaced {
            let place = container.pointer.appending(key: "volumeMounts" as StaticString).appending(index: index)
            patch.replace(place) { $0.raw(mount.json ?? mount.written) }
        }
        let exists = container.volumeMounts != nil
        append(plan.added, to: "volumeMounts", of: container.pointer, exists: exists) { $1.raw($0.json ?? $0.written) }
    }
}

extension ContainerPlan.Mount {
    /// The entry of `volumeMounts` in JSON (`core/v1` VolumeMount).
    var written: [UInt8] {
        var writer = JSONWriter(reservingCapacity: volume.utf8.count + path.utf8.count + 48)
        writer.object {
            $0.member("name", volume)
            if !isWritable { $0.member("readOnly", true) }
            $0.member("mountPath", path)
        }
        return writer.bytes
    }
}
