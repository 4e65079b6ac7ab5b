internal import JSON
internal import PodIdentity
internal import ProviderSupport

extension Evaluator {
    /// The volume; nil if it is left out.
    mutating func volume(_ rules: VolumeRules) -> PlacedVolume? {
        guard holds(rules.condition) else { return nil }
        let suffix = rules.hasPodHash ? PodHash.suffix(name: inputs.podName, generateName: inputs.podGenerateName) : ""
        var volume = PlacedVolume(name: rules.name + suffix, mountPath: rules.mount)
        var name: String?
        if let path = mountFile(rules), let slash = path.lastIndex(of: "/") {
            volume.mountPath = String(path[..<slash])
            name = String(path[slash...].dropFirst())
        }
        for rule in rules.sources where holds(rule.condition) {
            guard let source = self.source(rule.source, path: name) else { continue }
            volume.sources.append(source)
            for path in rule.source.paths { volume.files[path] = name ?? path }
        }
        return volume.sources.isEmpty && !rules.sources.isEmpty ? nil : volume
    }

    /// The path of the file for which the volume is mounted, if the pod or its ServiceAccount specifies one.
    private mutating func mountFile(_ rules: VolumeRules) -> String? {
        guard let template = rules.mountFile, let path = text(template) else { return nil }
        let folder = String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])
        let isShallow = folder.utf8.count { $0 == UInt8(ascii: "/") } < 2
        let problem =
            MountPath.problem(in: path) ?? MountPath.problem(in: folder)
            ?? MountPath.problem(inFile: String(path.dropFirst(folder.utf8.count + 1)))
            ?? (isShallow ? "must be in a folder of a folder, such as /var/run/token" : nil)
        guard let problem else { return path }
        fault("the path \"\(path.abridged)\" \(problem)")
        return nil
    }

    /// - Parameter name: The path of the volume's only file, if it differs from the profile's.
    private mutating func source(_ source: VolumeRules.Source, path name: String?) -> InjectedVolume.Source? {
        switch source {
        case .token(let path, let audience, let expiration):
            guard let audience = text(audience) else { return nil }
            let seconds = seconds(expiration)
            return .token(.init(audience: audience, expirationSeconds: seconds, path: name ?? path))
        case .file(let path, let annotation, _):
            return .fields([.init(path: name ?? path, annotation: annotation)])
        case .configMap(let template, let items, let isOptional):
            guard let map = text(template) else { return nil }
            guard Names.isSubdomain(map) else {
                fault("\"\(map.abridged)\" is not the name of a ConfigMap")
                return nil
            }
            let items = items.map { InjectedVolume.ConfigMap.Item(key: $0.key, path: name ?? $0.path) }
            return .configMap(.init(name: map, items: items, isOptional: isOptional))
        case .clusterTrustBundle(let rules):
            guard let signer = text(rules.signerName) else { return nil }
            let labels = rules.matchLabels.compactMap { label in
                text(label.value).map { JSONTree.Member(key: JSONString(label.key), value: .string($0)) }
            }
            return .trustBundle(
                .init(
                    signerName: signer,
                    labelSelector: labels.isEmpty ? nil : .object(["matchLabels": .object(labels)]),
                    path: name ?? rules.path,
                    isOptional: rules.isOptional
                )
            )
        }
    }

    private mutating func seconds(_ expiration: VolumeRules.Expiration) -> Int64 {
        switch expiration {
        case .seconds(let seconds): seconds
        case .parameter(let index): TokenExpiration(clamping: Int64(value(index)) ?? 3600).seconds
        }
    }
}
