package import JSON
package import PodIdentity

extension Injection {
    /// The injection in the form of `ProfileExpectation`, for tests and human readers.
    ///
    /// - Parameter containers: The names of the pod's containers.
    package func rendered(containers: [String]) -> JSONTree {
        let files = files(of: volumes)
        let others = annotations.filter { entry in !files.contains { $0.annotation == entry.key } }
        let replaced = environment.filter { $0.policy == .replace }.flatMap(\.variables)
        return .object([
            "identity": .string(identity),
            "containers": .array(containers.filter { !leavesAlone($0) }.map { .string($0) }),
            "environment": .object(environment.flatMap(\.variables).map { member($0.name, $0.rendered) }),
            "replaced": .array(replaced.map { .string($0.name) }),
            "volumes": .object(volumes.map { member($0.name, rendered($0)) }),
            "mounts": .object(mounts.map { member($0.volume, .string($0.path)) }),
            "files": .object(
                files.compactMap { file in
                    annotations.first { $0.key == file.annotation }.map { member(file.path, Self.parsed($0.value)) }
                }
            ),
            "annotations": .object(others.map { member($0.key, .string($0.value)) }),
            "labels": .object(labels.map { member($0.key, .string($0.value)) }),
        ])
    }

    private func member(_ name: String, _ value: JSONTree) -> JSONTree.Member {
        JSONTree.Member(key: JSONString(name), value: value)
    }

    /// The parsed value of JSON, and every other text as it is.
    private static func parsed(_ text: String) -> JSONTree { (try? JSONTree(parsing: text.utf8)) ?? .string(text) }

    private func files(of volumes: [InjectedVolume]) -> [(path: String, annotation: String)] {
        volumes.flatMap(\.sources).flatMap { source in
            guard case .fields(let fields) = source else { return [(path: String, annotation: String)]() }
            return fields.compactMap { field in field.annotation.map { (field.path, $0) } }
        }
    }

    private func rendered(_ volume: InjectedVolume) -> JSONTree {
        let mount = mounts.first { $0.volume == volume.name }
        var tree: JSONTree = .object(["mount": .string(mount?.path ?? "")])
        if let mode = volume.mode { tree["mode"] = .string("0" + String(mode, radix: 8)) }
        if mount?.isWritable == true { tree["writable"] = .literal("true") }
        if volume.policy == .replace { tree["replace"] = .literal("true") }
        if !volume.sources.isEmpty { tree["sources"] = .array(volume.sources.map(\.rendered)) }
        return tree
    }
}

extension EnvironmentGroup.Variable {
    fileprivate var rendered: JSONTree {
        fieldPath.map { .object(["fieldRef": .string($0)]) } ?? .string(value)
    }
}

extension InjectedVolume {
    fileprivate var sources: [Source] {
        switch content {
        case .projected(let sources): sources
        case .downwardAPI(let fields): fields.map { .fields([$0]) }
        case .empty: []
        }
    }
}

extension InjectedVolume.Field {
    /// The key of the annotation in the file; nil if it contains something else.
    fileprivate var annotation: String? {
        guard fieldPath.hasPrefix("metadata.annotations['"), fieldPath.hasSuffix("']") else { return nil }
        return String(fieldPath.dropFirst("metadata.annotations['".count).dropLast(2))
    }
}

extension InjectedVolume.Source {
    fileprivate var rendered: JSONTree {
        switch self {
        case .token(let token):
            return .object([
                "token": .object([
                    "path": .string(token.path), "audience": .string(token.audience),
                    "expiration": .literal(String(token.expirationSeconds)),
                ])
            ])
        case .fields(let fields):
            let field = fields.first
            return .object([
                "file": .object([
                    "path": .string(field?.path ?? ""), "annotation": .string(field?.annotation ?? ""),
                ])
            ])
        case .configMap(let map):
            let items = map.items.map { JSONTree.Member(key: JSONString($0.key), value: .string($0.path)) }
            var tree: JSONTree = .object(["name": .string(map.name), "items": .object(items)])
            if let isOptional = map.isOptional { tree["optional"] = .literal(isOptional ? "true" : "false") }
            return .object(["configMap": tree])
        case .trustBundle(let bundle):
            var tree: JSONTree = .object(["path": .string(bundle.path), "signerName": .string(bundle.signerName)])
            if let labels = bundle.labelSelector?["matchLabels"] { tree["matchLabels"] = labels }
            if let isOptional = bundle.isOptional { tree["optional"] = .literal(isOptional ? "true" : "false") }
            return .object(["clusterTrustBundle": tree])
        }
    }
}
