internal import JSON
internal import PodIdentity

extension Evaluator {
    /// The method by which pods get identities from profiles, in logs and metrics.
    static let method = "profile"

    /// What the pod gets, unless a fault is found in the process.
    mutating func injection() -> Injection {
        var injection = Injection(method: Self.method, identity: identity())
        injection.isForWindows = inputs.isForWindows
        injection.isGrantedBySubject = true
        injection.overridingVariables = profile.overriding
        addContainerLists(to: &injection)
        var places = VolumePlaces(isForWindows: inputs.isForWindows)
        for rules in profile.volumes { places.volumes.append(volume(rules)) }
        checkMounts(places.volumes.compactMap { $0?.mountPath })
        addVolumes(places, to: &injection)
        addEnvironment(places, to: &injection)
        addMetadata(places, to: &injection)
        addFiles(places, to: &injection)
        return injection
    }

    /// Sets the containers that get nothing, the only ones that get something, and those without warnings.
    mutating func addContainerLists(to injection: inout Injection) {
        injection.skippedContainers = containers(profile.containers.skip) ?? []
        if let only = containers(profile.containers.only), !only.isEmpty { injection.onlyContainers = only }
        injection.acknowledgedContainers = containers(profile.containers.acknowledge) ?? []
    }

    private mutating func identity() -> String {
        for template in profile.identity {
            if let text = text(template) { return text.cut(to: Annotations.maximumValue) }
        }
        return profile.name
    }

    private mutating func checkMounts(_ paths: [String]) {
        for (index, path) in paths.enumerated() {
            for other in paths[..<index] where MountPath.overlaps(path, other) {
                fault("the folders \(other) and \(path) conflict")
            }
        }
    }

    private mutating func addVolumes(_ places: VolumePlaces, to injection: inout Injection) {
        for (rules, volume) in zip(profile.volumes, places.volumes) {
            guard let volume else { continue }
            let policy = rules.replaces ? PodIdentity.ConflictPolicy.replace : .keep
            let content = InjectedVolume.Content(of: volume.sources)
            injection.volumes.append(
                InjectedVolume(
                    volume.name,
                    content,
                    mode: rules.mode,
                    policy: policy,
                    // A volume that replaces one of the pod's own does so whether or not a container mounts it.
                    isAlwaysAdded: rules.replaces
                )
            )
            injection.mounts.append(
                InjectedMount(
                    volume: volume.name,
                    path: volume.mountPath,
                    isWritable: rules.isWritable,
                    policy: policy,
                    isAlwaysAdded: rules.replaces
                )
            )
            for source in rules.sources {
                guard case .file(let path, let annotation, let content) = source.source, volume.files[path] != nil,
                    let text = file(content, path: path, places)
                else { continue }
                injection.annotations.append(MetadataEntry(.replace, annotation, text))
            }
        }
    }

    /// Sets the files that containers must reach: first tokens, then files made from the profile.
    private func addFiles(_ places: VolumePlaces, to injection: inout Injection) {
        let variables = injection.environment.flatMap(\.variables)
        func add(_ path: String, in volume: PlacedVolume) {
            let whole = volume.mountPath + "/" + path
            let text = EnvironmentGroup.Variable.escape(places.isForWindows ? MountPath.onWindows(whole) : whole)
            let variable = variables.first { $0.value == text }?.name
            injection.files.append(IdentityFile(variable, volume: volume.name, path: path))
            if let variable, !injection.identityVariables.contains(variable) {
                injection.identityVariables.append(variable)
            }
        }
        let given = Set(variables.map(\.name))
        injection.identityVariables = profile.identityVariables.filter(given.contains)
        let volumes = places.volumes.compactMap { $0 }
        for volume in volumes {
            for case .token(let token) in volume.sources { add(token.path, in: volume) }
        }
        for volume in volumes {
            for case .fields(let fields) in volume.sources {
                for field in fields { add(field.path, in: volume) }
            }
        }
    }
}

extension InjectedVolume.Content {
    /// A volume with only fields of the pod is a downward API volume.
    fileprivate init(of sources: [InjectedVolume.Source]) {
        guard !sources.isEmpty else {
            self = .empty
            return
        }
        let fields = sources.map { if case .fields(let fields) = $0 { fields } else { [InjectedVolume.Field]() } }
        self = fields.contains(where: \.isEmpty) ? .projected(sources) : .downwardAPI(fields.flatMap { $0 })
    }
}
