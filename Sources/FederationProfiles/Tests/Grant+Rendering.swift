package import JSON

extension Grant {
    /// The grant in the form of `ProfileExpectation`, for tests and for people.
    ///
    /// - Parameter containers: the names of the pod's containers.
    package func rendered(containers: [String]) -> JSONTree {
        .object([
            "identity": .string(identity),
            "containers": .array(containers.filter(concerns).map { .string($0) }),
            "environment": .object(environment.flatMap(\.variables).map(Self.member)),
            "replaced": .array(
                environment.filter { $0.policy == .replace }.flatMap(\.variables).map { .string($0.name) }
            ),
            "volumes": .object(volumes.map { .init(key: JSONString($0.name), value: $0.rendered) }),
            "mounts": .object(volumes.map { .init(key: JSONString($0.name), value: .string($0.mountPath)) }),
            "files": .object(files.map { .init(key: JSONString($0.path), value: $0.rendered) }),
            "annotations": .object(annotations.map { .init(key: JSONString($0.key), value: .string($0.value)) }),
            "labels": .object(labels.map { .init(key: JSONString($0.key), value: .string($0.value)) }),
        ])
    }

    private static func member(_ variable: VariableGroup.Variable) -> JSONTree.Member {
        let value: JSONTree =
            switch variable.value {
            case .text(let text): .string(text)
            case .field(let path): .object(["fieldRef": .string(path)])
            }
        return JSONTree.Member(key: JSONString(variable.name), value: value)
    }
}

extension GrantedFile {
    fileprivate var rendered: JSONTree { (try? JSONTree(parsing: text.utf8)) ?? .string(text) }
}

extension GrantedVolume {
    fileprivate var rendered: JSONTree {
        var tree: JSONTree = .object(["mount": .string(mountPath)])
        if let mode { tree["mode"] = .string("0" + String(mode, radix: 8)) }
        if isWritable { tree["writable"] = .literal("true") }
        if replaces { tree["replace"] = .literal("true") }
        if !sources.isEmpty { tree["sources"] = .array(sources.map(\.rendered)) }
        return tree
    }
}

extension GrantedVolume.Source {
    fileprivate var rendered: JSONTree {
        switch self {
        case .token(let path, let audience, let seconds):
            return .object([
                "token": .object([
                    "path": .string(path), "audience": .string(audience), "expiration": .literal(String(seconds)),
                ])
            ])
        case .file(let path, let annotation):
            return .object(["file": .object(["path": .string(path), "annotation": .string(annotation)])])
        case .configMap(let name, let items, let isOptional):
            var tree: JSONTree = .object([
                "name": .string(name),
                "items": .object(items.map { .init(key: JSONString($0.key), value: .string($0.path)) }),
            ])
            if isOptional { tree["optional"] = .literal("true") }
            return .object(["configMap": tree])
        case .clusterTrustBundle(let bundle):
            var tree: JSONTree = .object(["path": .string(bundle.path)])
            if let name = bundle.name { tree["name"] = .string(name) }
            if let name = bundle.signerName { tree["signerName"] = .string(name) }
            if !bundle.matchLabels.isEmpty {
                let labels = bundle.matchLabels.sorted { $0.key < $1.key }
                tree["matchLabels"] = .object(labels.map { .init(key: JSONString($0.key), value: .string($0.value)) })
            }
            if bundle.isOptional { tree["optional"] = .literal("true") }
            return .object(["clusterTrustBundle": tree])
        }
    }
}
