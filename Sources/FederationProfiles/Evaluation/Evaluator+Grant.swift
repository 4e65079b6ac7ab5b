internal import JSON
internal import PodIdentity
internal import ProviderSupport

/// Where the volumes of a pod are.
struct VolumePlaces {
    struct Place {
        var mountPath: String
        /// The paths of the files that are there, by the paths that the profile gives them.
        var files: [String: String]
    }

    /// By the indexes of the volumes; nil for a volume that is left out.
    var places: [Place?] = []
    let isForWindows: Bool

    /// The path of a file; nil if it is not there.
    func path(of file: String, in volume: Int) -> String? {
        guard let place = places[volume], let path = place.files[file] else { return nil }
        return shown(place.mountPath + "/" + path)
    }

    func folder(_ volume: Int) -> String? { places[volume].map { shown($0.mountPath) } }

    private func shown(_ path: String) -> String { isForWindows ? MountPath.onWindows(path) : path }
}

extension Evaluator {
    /// What the pod gets, unless a fault is found on the way.
    mutating func grant() -> Grant {
        var grant = Grant(identity: identity())
        grant.isForWindows = inputs.isForWindows
        grant.overriding = profile.overriding
        grant.skippedContainers = containers(profile.containers.skip) ?? []
        if let only = containers(profile.containers.only), !only.isEmpty { grant.onlyContainers = only }
        grant.acknowledgedContainers = containers(profile.containers.acknowledge) ?? []
        addVolumes(to: &grant)
        return grant
    }

    private mutating func identity() -> String {
        for template in profile.identity {
            if let text = text(template) { return text.cut(to: Annotations.maximumValue) }
        }
        return profile.name
    }

    // MARK: Volumes

    private mutating func addVolumes(to grant: inout Grant) {
        var places = VolumePlaces(isForWindows: inputs.isForWindows)
        var volumes: [(rules: VolumeRules, volume: GrantedVolume)] = []
        for rules in profile.volumes {
            let volume = volume(rules)
            if let volume { volumes.append((rules, volume)) }
            places.places.append(
                volume.map { VolumePlaces.Place(mountPath: $0.mountPath, files: files(of: $0, rules)) }
            )
        }
        checkMounts(volumes.map(\.volume))
        for (rules, volume) in volumes {
            grant.volumes.append(volume)
            for case .file(_, let annotation) in volume.sources {
                addFile(annotation, of: rules, volume, places, to: &grant)
            }
        }
        addEnvironment(places, to: &grant)
        addMetadata(places, to: &grant)
    }

    private mutating func volume(_ rules: VolumeRules) -> GrantedVolume? {
        guard holds(rules.condition) else { return nil }
        let suffix = rules.hasPodHash ? PodHash.suffix(name: inputs.podName, generateName: inputs.podGenerateName) : ""
        var volume = GrantedVolume(
            name: rules.name + suffix,
            mountPath: rules.mount,
            mode: rules.mode,
            replaces: rules.replaces,
            isWritable: rules.isWritable,
            sources: []
        )
        let path = mountFile(rules)
        if let path { volume.mountPath = String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)]) }
        for source in rules.sources where holds(source.condition) {
            let name = path?.split(separator: "/").last.map(String.init)
            if let granted = self.source(source.source, path: name) { volume.sources.append(granted) }
        }
        return volume.sources.isEmpty && !rules.sources.isEmpty ? nil : volume
    }

    /// The path of the file that the volume is mounted for, if the pod or its ServiceAccount says one.
    private mutating func mountFile(_ rules: VolumeRules) -> String? {
        guard let template = rules.mountFile, let path = text(template) else { return nil }
        let folder = String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])
        let problem =
            MountPath.problem(in: path) ?? MountPath.problem(in: folder)
            ?? (folder.utf8.count { $0 == UInt8(ascii: "/") } < 2
                ? "must be in a folder of a folder, such as /var/run/token" : nil)
        guard let problem else { return path }
        fault("the path \"\(path.abridged)\" \(problem)")
        return nil
    }

    private mutating func source(_ source: VolumeRules.Source, path name: String?) -> GrantedVolume.Source? {
        switch source {
        case .token(let path, let audience, let expiration):
            guard let audience = text(audience) else { return nil }
            return .token(path: name ?? path, audience: audience, expirationSeconds: seconds(expiration))
        case .file(let path, let annotation, _): return .file(path: name ?? path, annotation: annotation)
        case .configMap(let template, let items, let isOptional):
            guard let map = text(template) else { return nil }
            guard Names.isSubdomain(map) else {
                fault("\"\(map.abridged)\" is not the name of a ConfigMap")
                return nil
            }
            let items = items.map { GrantedVolume.KeyPath(key: $0.key, path: name ?? $0.path) }
            return .configMap(name: map, items: items, isOptional: isOptional)
        case .clusterTrustBundle(let rules):
            var bundle = GrantedVolume.TrustBundle(path: name ?? rules.path, isOptional: rules.isOptional)
            bundle.name = rules.name.flatMap { text($0) }
            bundle.signerName = rules.signerName.flatMap { text($0) }
            for label in rules.matchLabels { bundle.matchLabels[label.key] = text(label.value) }
            guard bundle.name != nil || bundle.signerName != nil else { return nil }
            return .clusterTrustBundle(bundle)
        }
    }

    private mutating func seconds(_ expiration: VolumeRules.Expiration) -> Int64 {
        switch expiration {
        case .seconds(let seconds): seconds
        case .parameter(let index): TokenExpiration(clamping: Int64(value(index)) ?? 3600).seconds
        }
    }

    /// The files that are there, by the paths in the profile.
    private func files(of volume: GrantedVolume, _ rules: VolumeRules) -> [String: String] {
        var files: [String: String] = [:]
        let paths = volume.sources.flatMap(\.paths)
        // A volume whose file is renamed has only that file.
        let renamed = rules.mountFile == nil ? nil : paths.first
        for path in rules.sources.flatMap(\.source.paths) where renamed != nil || paths.contains(path) {
            files[path] = renamed ?? path
        }
        return files
    }

    private mutating func checkMounts(_ volumes: [GrantedVolume]) {
        for (index, volume) in volumes.enumerated() {
            for other in volumes[..<index] where MountPath.overlaps(volume.mountPath, other.mountPath) {
                fault("the folders \(other.mountPath) and \(volume.mountPath) are in each other's way")
            }
        }
    }
}

extension GrantedVolume.Source {
    /// The paths of the files in the volume.
    fileprivate var paths: [String] {
        switch self {
        case .token(let path, _, _), .file(let path, _): [path]
        case .configMap(_, let items, _): items.map(\.path)
        case .clusterTrustBundle(let bundle): [bundle.path]
        }
    }
}
