internal import JSON
package import PodIdentity

/// One to four random injections of different clouds that use every feature of an injection. They share names with
/// `GeneratedPod`, so a pod often has something of the same name.
package struct GeneratedInjections {
    package private(set) var injections: [Injection] = []
    private let replacing: Bool

    /// - Parameters:
    ///   - overlapping: Whether two injections can use the same names.
    ///   - replacing: Whether they replace what the pod already has.
    package init(overlapping: Bool, replacing: Bool, using generator: inout some RandomNumberGenerator) {
        self.replacing = replacing
        let count = Int.random(in: 1...4, using: &generator)
        var dealt = (0..<count).map { Names($0) }
        for names in [Names.ofPods.variables, Names.ofPods.volumes, Names.ofPods.paths, Names.ofPods.keys].enumerated()
        {
            for name in names.element {
                let owners = overlapping ? Array(0..<count) : [Int.random(in: 0..<count, using: &generator)]
                for owner in owners { dealt[owner].insert(name, names.offset) }
            }
        }
        if overlapping { for index in dealt.indices { dealt[index].helpers += ["side", "helper"] } }
        for names in dealt { injections.append(injection(names, &generator)) }
    }

    /// The names that an injection chooses from.
    fileprivate struct Names {
        var variables: [String]
        var volumes: [String]
        var paths: [String]
        var keys: [String]
        var helpers: [String]

        static let ofPods = Names(
            variables: ["A", "B", "C", "D"],
            volumes: ["v", "w", "token"],
            paths: ["/a", "/b", "/var/run/c"],
            keys: ["k", "a/b", "m~n"],
            helpers: []
        )

        mutating func insert(_ name: String, _ kind: Int) {
            switch kind {
            case 0: variables.insert(name, at: 0)
            case 1: volumes.insert(name, at: 0)
            case 2: paths.insert(name, at: 0)
            default: keys.insert(name, at: 0)
            }
        }
    }

    private func pick<Element>(_ elements: [Element], _ generator: inout some RandomNumberGenerator) -> Element {
        elements[Int.random(in: 0..<elements.count, using: &generator)]
    }

    private func policy(_ generator: inout some RandomNumberGenerator) -> ConflictPolicy {
        replacing ? pick([.keep, .replace], &generator) : .keep
    }

    private func injection(_ names: Names, _ generator: inout some RandomNumberGenerator) -> Injection {
        var injection = Injection(method: "random", identity: names.helpers[0])
        addVolumes(to: &injection, names, &generator)
        addEnvironment(to: &injection, names, &generator)
        addMetadata(to: &injection, names, &generator)
        switch Int.random(in: 0..<8, using: &generator) {
        case 0: injection.skippedContainers = ["side"]
        case 1: injection.onlyContainers = ["main", "init"]
        case 2: injection.skippedContainers = ["main", "side", "init"]
        case 3: injection.skipContainerIfSet = [names.variables]
        case 4: injection.acknowledgedContainers = ["main"]
        default: break
        }
        if pick([true, false, false], &generator) { addContainer(to: &injection, names, &generator) }
        return injection
    }

    private func addVolumes(
        to injection: inout Injection,
        _ names: Names,
        _ generator: inout some RandomNumberGenerator
    ) {
        let paths = names.paths.shuffled(using: &generator)
        let volumes = names.volumes.shuffled(using: &generator).prefix(Int.random(in: 0...2, using: &generator))
        for (path, name) in zip(paths, volumes) {
            let mode = pick([nil, 0o440], &generator)
            let policy = policy(&generator)
            let isAlwaysAdded = pick([true, false], &generator)
            injection.volumes.append(
                InjectedVolume(
                    name,
                    content(&generator),
                    mode: mode,
                    policy: policy,
                    isAlwaysAdded: isAlwaysAdded
                )
            )
            let isWritable = pick([true, false], &generator)
            injection.mounts.append(
                InjectedMount(volume: name, path: path, isWritable: isWritable, policy: self.policy(&generator))
            )
            injection.files += [IdentityFile(nil, volume: name, path: "t")]
        }
    }

    private func content(_ generator: inout some RandomNumberGenerator) -> InjectedVolume.Content {
        let token = InjectedVolume.Token(audience: pick(["a", ""], &generator), expirationSeconds: 600, path: "t")
        let field = InjectedVolume.Field(path: "f", annotation: "k")
        let map = InjectedVolume.ConfigMap(name: "m", items: [.init(key: "k", path: "m")], isOptional: true)
        let bundle = InjectedVolume.TrustBundle(signerName: "example.com/signer", path: "ca")
        return switch Int.random(in: 0..<5, using: &generator) {
        case 0: .downwardAPI([.init(path: "t", fieldPath: "metadata.name")])
        case 1: .empty
        case 2: .projected([.token(token), .fields([field]), .configMap(map), .trustBundle(bundle)])
        default: .projected([.token(token)])
        }
    }

    private func addEnvironment(
        to injection: inout Injection,
        _ names: Names,
        _ generator: inout some RandomNumberGenerator
    ) {
        let policies: [EnvironmentGroup.Policy] =
            [.addIfAbsent, .addIfNoneIsSet] + (replacing ? [.replace, .replace] : [])
        var free = names.variables
        while !free.isEmpty {
            let group = free.prefix(Int.random(in: 1...2, using: &generator))
            free.removeFirst(group.count)
            let variables = group.map { name -> EnvironmentGroup.Variable in
                switch Int.random(in: 0..<4, using: &generator) {
                case 0: .init(name, fieldPath: "metadata.labels['\(names.helpers[0])']")
                case 1: .init(name, injection.mounts.first.map { "\($0.path)/t" } ?? "none")
                default: .init(name, "\(names.helpers[0])'s \(name)")
                }
            }
            injection.environment.append(EnvironmentGroup(pick(policies, &generator), variables))
        }
        injection.identityVariables = Array(names.variables.prefix(Int.random(in: 0...2, using: &generator)))
        if let mount = injection.mounts.first,
            let name = injection.identityVariables.first(where: { injection.values(of: $0) == ["\(mount.path)/t"] })
        {
            injection.files[0] = IdentityFile(name, volume: mount.volume, path: "t")
        }
    }

    private func addMetadata(
        to injection: inout Injection,
        _ names: Names,
        _ generator: inout some RandomNumberGenerator
    ) {
        let policies: [MetadataEntry.Policy] = replacing ? [.addIfAbsent, .replace] : [.addIfAbsent]
        for key in names.keys where pick([true, false], &generator) {
            let entry = MetadataEntry(pick(policies, &generator), key, names.helpers[0])
            switch Int.random(in: 0..<3, using: &generator) {
            case 0: injection.labels.append(entry)
            case 1 where replacing: injection.identityAnnotations.append(.init(.addIfAbsent, key, names.helpers[0]))
            default: injection.annotations.append(entry)
            }
        }
    }

    private func addContainer(
        to injection: inout Injection,
        _ names: Names,
        _ generator: inout some RandomNumberGenerator
    ) {
        let name = pick(names.helpers, &generator)
        let policy = policy(&generator)
        let container = JSONTree.object([
            "name": .string(name), "image": .string("helper"),
            "env": .array(policy == .keep ? injection.environment.flatMap(\.variables).map(\.json) : []),
            "volumeMounts": .array(injection.mounts.map(\.json)),
        ])
        injection.containers.append(
            InjectedContainer(
                name,
                in: pick([.initContainers, .containers], &generator),
                pick([.first, .last], &generator),
                policy: policy,
                container
            )
        )
    }
}

extension GeneratedInjections.Names {
    /// Names that only one injection uses.
    fileprivate init(_ index: Int) {
        self.init(
            variables: ["OWN_\(index)", "OTHER_\(index)"],
            volumes: ["volume-\(index)", "volume-of-\(index)"],
            paths: ["/mount/\(index)", "/mount/of/\(index)"],
            keys: ["example.com/\(index)"],
            helpers: ["helper-\(index)"]
        )
    }
}

extension EnvironmentGroup.Variable {
    fileprivate var json: JSONTree {
        guard let fieldPath else { return .object(["name": .string(name), "value": .string(value)]) }
        let field = JSONTree.object(["apiVersion": .string("v1"), "fieldPath": .string(fieldPath)])
        return .object(["name": .string(name), "valueFrom": .object(["fieldRef": field])])
    }
}

extension InjectedMount {
    fileprivate var json: JSONTree {
        .object([
            "name": .string(volume), "readOnly": .literal(isWritable ? "false" : "true"), "mountPath": .string(path),
        ])
    }
}
