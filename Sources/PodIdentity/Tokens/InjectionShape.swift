internal import JSON

/// What the injections of a provider have in common, by which an existing pod shows what its containers got.
package struct InjectionShape: Sendable {
    /// The variables, in the groups in which they are given. Their values are those that a container has.
    package let environment: [(policy: EnvironmentGroup.Policy, names: [String])]
    /// As in `Injection`. A container that lacks one got nothing.
    package let identityVariables: [String]
    /// The variable that has the path of a file in an injected volume; nil if there is none.
    package let fileVariable: String?
    /// The names of the volumes with which an injection comes. Those of which a name is only the beginning end in `-`.
    package let volumes: [String]

    package init(
        environment: [(policy: EnvironmentGroup.Policy, names: [String])],
        identityVariables: [String],
        fileVariable: String?,
        volumes: [String]
    ) {
        self.environment = environment
        self.identityVariables = identityVariables
        self.fileVariable = fileVariable
        self.volumes = volumes
    }
}

extension InjectionShape {
    fileprivate func includes(volume: String) -> Bool {
        volumes.contains { $0.hasSuffix("-") ? volume.hasPrefix($0) : volume == $0 }
    }
}

extension PodView {
    /// Finds what the containers of a pod got from earlier injections of this shape. Containers that got nothing are left out.
    ///
    /// - Parameter complete: Fills in what the pod does not show, such as the identity's name.
    package func injections(
        of shape: InjectionShape,
        method: String,
        _ complete: (ContainerView, inout Injection) -> Void
    ) -> [(container: ContainerView, injection: Injection)] {
        var search = TokenSearch(in: self, isOnWindows: isForWindows)
        return containers.compactMap { container in
            guard var injection = injection(of: shape, method, in: container, &search) else { return nil }
            complete(container, &injection)
            return (container, injection)
        }
    }

    private func injection(
        of shape: InjectionShape,
        _ method: String,
        in container: ContainerView,
        _ search: inout TokenSearch
    ) -> Injection? {
        let environment = ContainerEnvironment(of: container)
        guard shape.identityVariables.allSatisfy({ environment.setsText($0) }) else { return nil }
        var injection = Injection(method: method, identity: "")
        injection.isForWindows = search.isOnWindows
        let mounts = search.mounts(of: container).filter { $0.subPath == "" }
        if let variable = shape.fileVariable {
            guard case .text(let path) = environment.value(of: variable),
                case .found(let found) = search.follow(search.path(path), mounts),
                found.file.isToken || shape.includes(volume: found.volume)
            else { return nil }
            injection.files = [IdentityFile(variable, volume: found.volume, path: found.path)]
        }
        let found = mounts.filter { mount in
            shape.includes(volume: mount.volume) || injection.files.contains { $0.volume == mount.volume }
        }
        for mount in found where !injection.mounts.contains(where: { $0.volume == mount.volume }) {
            guard let volume = search.volumes.injected(named: mount.volume) else { continue }
            injection.volumes.append(volume)
            injection.mounts.append(
                InjectedMount(volume: mount.volume, path: mount.text, isWritable: !mount.isReadOnly)
            )
        }
        guard shape.fileVariable != nil || !found.isEmpty || shape.volumes.isEmpty else { return nil }
        injection.environment = shape.environment.map { group in
            EnvironmentGroup(group.policy, group.names.compactMap { environment.copy(of: $0) })
        }
        injection.identityVariables = shape.identityVariables
        return injection
    }
}

extension ContainerEnvironment {
    /// The variable as another container can have it; nil if the container does not set it, or its value is not in the pod.
    fileprivate func copy(of name: String) -> EnvironmentGroup.Variable? {
        guard let last = own.last(where: { $0.name == name }) else { return nil }
        if let path = last.entry["valueFrom"]?["fieldRef"]?["fieldPath"]?.string { return .init(name, fieldPath: path) }
        guard case .text(let text) = value(of: name) else { return nil }
        return .init(name, EnvironmentGroup.Variable.escape(text))
    }
}

extension PodVolumes {
    /// A volume that the pod has, as far as an injection could have brought it; nil if it cannot have.
    fileprivate mutating func injected(named name: String) -> InjectedVolume? {
        guard let content = content(of: name) else { return nil }
        if content.isEmptyFolder { return InjectedVolume(name, .empty) }
        let sources = content.files.sorted { $0.key < $1.key }.map { path, file in
            InjectedVolume.Source(file, at: path)
        }
        return sources.isEmpty ? nil : InjectedVolume(name, .projected(sources), mode: content.mode)
    }
}

extension InjectedVolume.Source {
    /// - Parameter path: The path of the file in the volume.
    fileprivate init(_ file: VolumeFile, at path: String) {
        switch file {
        // The lifetime is that of the pod's volume, which stays.
        case .token(let audience): self = .token(.init(audience: audience, expirationSeconds: 0, path: path))
        case .field(let fieldPath): self = .fields([.init(path: path, fieldPath: fieldPath)])
        case .value(let name, let key): self = .configMap(.init(name: name, items: [.init(key: key, path: path)]))
        case .trustBundle(let signer): self = .trustBundle(.init(signerName: signer, path: path))
        }
    }
}
