import JSON
import PodIdentity

/// A pod before and after an injection, through `PodMutator` alone.
struct Trial {
    let before: JSONTree
    let patch: JSONTree
    let after: JSONTree
    let warnings: [String]

    init(_ pod: JSONTree, _ injection: Injection) throws {
        let mutation = try JSONParser().parse(pod.bytes) { root in
            PodMutator.mutate(try PodView(root, namespace: "shop"), with: injection)
        }
        before = pod
        patch = try JSONTree(parsing: mutation.patch.bytes)
        after = try pod.applying(patch: patch)
        warnings = mutation.warnings.lines
    }

    init(_ pod: String, _ injection: Injection) throws {
        try self.init(JSONTree(parsing: pod.utf8), injection)
    }

    /// Compact.
    var text: String { String(decoding: after.bytes, as: UTF8.self) }

    /// The operations as `op path`.
    var operations: [String] {
        patch.elements?.map { "\($0["op"]?.string ?? "") \($0["path"]?.string ?? "")" } ?? []
    }
}

extension Injection {
    /// One variable, one volume and one mount.
    static let simple: Injection = {
        var injection = Injection(method: "test", identity: "someone")
        injection.environment = [EnvironmentGroup(.addIfNoneIsSet, [("ID", "me")])]
        injection.volumes = [ProjectedTokenVolume(name: "token", audience: "a", expirationSeconds: 3600, path: "t")]
        injection.mounts = [TokenMount(volume: "token", path: "/token")]
        return injection
    }()

    static let nothing = Injection(method: "test", identity: "someone")

    static func environment(_ groups: EnvironmentGroup...) -> Injection {
        var injection = nothing
        injection.environment = groups
        return injection
    }

    static func metadata(labels: [MetadataEntry] = [], annotations: [MetadataEntry] = []) -> Injection {
        var injection = nothing
        injection.labels = labels
        injection.annotations = annotations
        return injection
    }
}
