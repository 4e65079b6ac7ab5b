package import JSON
package import PodIdentity

/// A pod before and after injections, using only `PodMutator`.
package struct Trial {
    package let before: JSONTree
    package let patch: JSONTree
    package let after: JSONTree
    /// The outcome of each injection.
    package let parts: [PodMutator.Part]

    package var reason: Reason { parts.first?.reason ?? .noIdentity }
    package var warnings: [String] { parts.flatMap(\.warnings.lines) }

    package init(_ pod: JSONTree, _ injections: [Injection]) throws {
        let mutation = try JSONParser().parse(pod.bytes) { root in
            PodMutator.mutate(try PodView(root, namespace: "shop"), with: injections.setApart())
        }
        before = pod
        patch = try JSONTree(parsing: mutation.patch.bytes)
        after = try pod.applying(patch: patch)
        parts = mutation.parts
    }

    package init(_ pod: JSONTree, _ injection: Injection) throws { try self.init(pod, [injection]) }

    package init(_ pod: String, _ injection: Injection) throws {
        try self.init(JSONTree(parsing: pod.utf8), injection)
    }

    /// The pod afterwards as compact JSON.
    package var text: String { String(decoding: after.bytes, as: UTF8.self) }

    /// The operations as `op path`.
    package var operations: [String] {
        patch.elements?.map { "\($0["op"]?.string ?? "") \($0["path"]?.string ?? "")" } ?? []
    }
}

extension Injection {
    /// An injection with one variable, one volume and one mount.
    package static let simple: Injection = {
        var injection = Injection(method: "test", identity: "someone")
        injection.environment = [EnvironmentGroup(.addIfNoneIsSet, [("ID", "me")])]
        injection.volumes = [.token("token", audience: "a", expirationSeconds: 3600, path: "t")]
        injection.mounts = [InjectedMount(volume: "token", path: "/token")]
        injection.files = [IdentityFile(nil, volume: "token", path: "t")]
        return injection
    }()

    package static let nothing = Injection(method: "test", identity: "someone")

    package static func environment(_ groups: EnvironmentGroup...) -> Injection {
        var injection = nothing
        injection.environment = groups
        return injection
    }

    package static func metadata(labels: [MetadataEntry] = [], annotations: [MetadataEntry] = []) -> Injection {
        var injection = nothing
        injection.labels = labels
        injection.identityAnnotations = annotations
        return injection
    }
}

extension Trial {
    package static let podsPerSeed = 100

    /// Runs `body` for this many generated pods and sets of injections.
    ///
    /// - Parameters:
    ///   - overlapping: Whether injections of a set can use the same names.
    ///   - replacing: Whether they replace what the pod already has.
    package static func forAllSets(
        _ seed: UInt64,
        overlapping: Bool,
        replacing: Bool = true,
        _ body: (Trial, [Injection]) throws -> Void
    ) throws {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<podsPerSeed {
            let pod = try JSONTree(parsing: GeneratedPod.json(using: &generator).utf8)
            let set = GeneratedInjections(overlapping: overlapping, replacing: replacing, using: &generator)
            try body(try Trial(pod, set.injections), set.injections)
        }
    }

    /// Runs `body` for this many generated pods and injections.
    package static func forAll(
        _ seed: UInt64,
        replacing: Bool = false,
        _ body: (Trial, Injection) throws -> Void
    ) throws {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<podsPerSeed {
            let pod = try JSONTree(parsing: GeneratedPod.json(using: &generator).utf8)
            let injection = GeneratedPod.injection(replacing: replacing, using: &generator)
            try body(try Trial(pod, injection), injection)
        }
    }
}
