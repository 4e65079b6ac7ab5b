internal import JSON

/// What a provider's injections have in common, which shows what the containers of an existing pod got.
package struct InjectionShape: Sendable {
    /// The variables, in their groups. Their values are those that a container has.
    package let environment: [(policy: EnvironmentGroup.Policy, names: [String])]
    /// As in `Injection`. A container that lacks one got nothing.
    package let identityVariables: [String]
    /// The variable with the path of a file in an injected volume; nil if there is none.
    package let fileVariable: String?
    /// The names of an injection's volumes. A name that is only a prefix ends in `-`.
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

extension PodView {
    /// Finds what the containers of a pod got from earlier injections of this shape. Containers that got nothing are left out.
    ///
    /// - Parameter complete: Fills in what the pod does not show, such as the identity's name.
    package func injections(
        of shape: InjectionShape,
        method: String,
        _ complete: (ContainerView, inout Injection) -> Void
    ) -> [(container: ContainerView, injection: Injection)] {
        var search = ShapeSearch(shape, in: self)
        return containers.compactMap { container in
            let environment = ContainerEnvironment(of: container)
            guard let variables = shape.variables(in: environment) else { return nil }
            var injection = Injection(method: method, identity: "")
            injection.isForWindows = search.tokens.isOnWindows
            guard search.find(container, environment, &injection) else { return nil }
            injection.environment = variables
            injection.identityVariables = shape.identityVariables
            complete(container, &injection)
            return (container, injection)
        }
    }
}

extension InjectionShape {
    fileprivate func includes(volume: String) -> Bool {
        volumes.contains { $0.hasSuffix("-") ? volume.hasPrefix($0) : volume == $0 }
    }

    /// The variables as another container can have them; nil if one that makes up the identity is missing.
    fileprivate func variables(in environment: ContainerEnvironment) -> [EnvironmentGroup]? {
        guard identityVariables.allSatisfy({ environment.setsText($0) }) else { return nil }
        let groups = self.environment.map { group in
            EnvironmentGroup(group.policy, group.names.compactMap { environment.copy(of: $0) })
        }
        let names = Set(groups.lazy.flatMap(\.variables).map(\.name))
        return names.isSuperset(of: identityVariables) ? groups : nil
    }
}

/// Finds the volumes that the containers of a pod got from an injection.
private struct ShapeSearch {
    let shape: InjectionShape
    var tokens: TokenSearch
    /// The volumes as an injection could have added them. Every container may mount every volume, so each is
    /// constructed only once.
    private var volumes: [String: InjectedVolume] = [:]

    /// The maximum number of volumes that a container gets from one injection.
    private static let maximumVolumes = 8

    init(_ shape: InjectionShape, in pod: PodView) {
        self.shape = shape
        tokens = TokenSearch(in: pod, isOnWindows: pod.isForWindows)
    }

    /// Adds the container's volumes and mounts to the injection.
    ///
    /// - Returns: Whether the container has what the shape needs.
    mutating func find(
        _ container: ContainerView,
        _ environment: ContainerEnvironment,
        _ injection: inout Injection
    ) -> Bool {
        let mounts = tokens.mounts(of: container)
        var wanted: [(mount: ContainerMount, file: MountedFile?)] = []
        if let variable = shape.fileVariable {
            guard case .text(let path) = environment.value(of: variable),
                case .found(let found) = tokens.follow(tokens.path(path), mounts),
                found.file.isToken || shape.includes(volume: found.volume),
                let mount = mounts.first(where: { $0.volume == found.volume && $0.text == found.mountPath })
            else { return false }
            wanted.append((mount, found))
            injection.files = [IdentityFile(variable, volume: found.volume, path: found.path)]
        }
        // Ephemeral containers cannot have mounts with `subPath`.
        for mount in mounts where mount.subPath == "" && shape.includes(volume: mount.volume) {
            guard wanted.count < Self.maximumVolumes else { break }
            if !wanted.contains(where: { $0.mount.volume == mount.volume }) { wanted.append((mount, nil)) }
        }
        wanted.sort { ($0.mount.index ?? 0) < ($1.mount.index ?? 0) }
        for (mount, file) in wanted { add(mount, &injection, mustHave: file) }
        return shape.fileVariable != nil || !injection.mounts.isEmpty || shape.volumes.isEmpty
    }

    private mutating func add(_ mount: ContainerMount, _ injection: inout Injection, mustHave file: MountedFile?) {
        guard let volume = volume(named: mount.volume, mustHave: file) else { return }
        injection.volumes.append(volume)
        injection.mounts.append(
            InjectedMount(volume: mount.volume, path: mount.text, isWritable: !mount.isReadOnly)
        )
    }

    private mutating func volume(named name: String, mustHave file: MountedFile?) -> InjectedVolume? {
        if let volume = volumes[name], file.map({ volume.file(at: $0.path) == $0.file }) ?? true { return volume }
        guard let content = tokens.volumes.content(of: name) else { return nil }
        let volume = InjectedVolume(name, content, mustHave: file)
        volumes[name] = volume
        return volume
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

extension InjectedVolume {
    /// The maximum number of files that are listed for a volume.
    private static let maximumFiles = 32

    /// A volume of a pod as an injection could have added it; nil if no injection could have.
    ///
    /// - Parameter mustHave: A file that is listed in any case.
    fileprivate init?(_ name: String, _ content: PodVolumes.Content, mustHave: MountedFile?) {
        if content.isEmptyFolder {
            self.init(name, .empty)
            return
        }
        var files = content.files.count > Self.maximumFiles ? [:] : content.files
        if let mustHave { files[mustHave.path] = mustHave.file }
        guard !files.isEmpty else { return nil }
        let sources = files.sorted { $0.key < $1.key }.compactMap { Source($0.value, at: $0.key) }
        self.init(name, .projected(sources), mode: content.mode)
    }
}

extension InjectedVolume.Source {
    /// - Parameter path: The path of the file in the volume.
    fileprivate init?(_ file: VolumeFile, at path: String) {
        switch file {
        // The lifetime is that in the pod's volume, which does not change.
        case .token(let audience): self = .token(.init(audience: audience, expirationSeconds: 0, path: path))
        case .field(let fieldPath): self = .fields([.init(path: path, fieldPath: fieldPath)])
        case .value(let name, let key): self = .configMap(.init(name: name, items: [.init(key: key, path: path)]))
        case .trustBundle(let signer): self = .trustBundle(.init(signerName: signer, path: path))
        case .made: return nil
        }
    }
}
