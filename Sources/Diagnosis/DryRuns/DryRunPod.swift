internal import JSON
internal import KubernetesObjects
internal import PodIdentity

/// A pod that a dry run requests.
struct DryRunPod: Equatable, Sendable {
    /// The object that it resembles, such as `Deployment shop`; nil if it resembles nothing in the cluster.
    let source: String?
    let account: NamespacedName
    private(set) var tree: JSONTree

    /// The name of the container of a plain pod, and the prefix of each pod's name.
    static let name = "pod-identity-webhook-doctor"
    /// The image of a plain pod if no image is known that runs in the cluster: every node has this one, or a similar
    /// one.
    static let image = "registry.k8s.io/pause:3.10"

    private init(source: String?, account: NamespacedName, tree: JSONTree) {
        self.source = source
        self.account = account
        self.tree = tree
    }

    /// A pod with the metadata and the spec of a template (core/v1 `PodTemplateSpec`), or of an existing pod.
    init(like template: JSONValue, source: String, account: NamespacedName) {
        var spec = template["spec"].map(JSONTree.init(copying:)) ?? .object([])
        spec["serviceAccountName"] = .string(account.name)
        // These pods must not have been scheduled yet, and ephemeral containers are rejected in new pods.
        for field in ["nodeName", "ephemeralContainers", "serviceAccount"] { spec[field] = nil }
        // The API server sets these from the pod's classes, and rejects values that differ from the current ones.
        for field in ["priority", "preemptionPolicy", "overhead"] { spec[field] = nil }
        var metadata = Self.metadata(account)
        for field in ["labels", "annotations"] {
            metadata[field] = template["metadata"]?.member(field).map(JSONTree.init(copying:))
        }
        self.init(source: source, account: account, tree: Self.pod(metadata, spec))
    }

    /// A pod that complies with the Pod Security Standard "restricted".
    ///
    /// - Parameters:
    ///   - image: An image that runs in the cluster, so that policies for images admit it.
    ///   - resources: Requests, which are also limits, for namespaces that require them; empty for the namespace's own
    ///     defaults.
    static func plain(
        _ account: NamespacedName,
        image: String = image,
        resources: KeyValuePairs<String, JSONTree> = [:]
    ) -> DryRunPod {
        var container: JSONTree = .object([
            "name": .string(name), "image": .string(image),
            "securityContext": .object([
                "allowPrivilegeEscalation": .literal("false"), "readOnlyRootFilesystem": .literal("true"),
                "capabilities": .object(["drop": .array([.string("ALL")])]),
            ]),
        ])
        if !resources.isEmpty {
            container["resources"] = .object(["requests": .object(resources), "limits": .object(resources)])
        }
        var metadata = metadata(account)
        metadata["labels"] = .object(["app.kubernetes.io/name": .string(name)])
        let spec: JSONTree = .object([
            "serviceAccountName": .string(account.name), "automountServiceAccountToken": .literal("false"),
            "securityContext": .object([
                "runAsNonRoot": .literal("true"), "runAsUser": .literal("65532"),
                "seccompProfile": .object(["type": .string("RuntimeDefault")]),
            ]),
            "containers": .array([container]),
        ])
        return DryRunPod(source: nil, account: account, tree: pod(metadata, spec))
    }

    private static func metadata(_ account: NamespacedName) -> JSONTree {
        .object(["generateName": .string("\(name)-"), "namespace": .string(account.namespace)])
    }

    private static func pod(_ metadata: JSONTree, _ spec: JSONTree) -> JSONTree {
        .object(["apiVersion": .string("v1"), "kind": .string("Pod"), "metadata": metadata, "spec": spec])
    }

    var json: [UInt8] { tree.bytes }

    /// For example, `a new pod like those of Deployment shop`.
    var description: String { source.map { "a new pod like \($0)" } ?? "a new pod" }

    /// The same pod with a label.
    func labelled(_ key: String, _ value: String) -> DryRunPod {
        var pod = self
        if pod.tree[path: ["metadata", "labels"]]?.members == nil {
            pod.tree[path: ["metadata", "labels"]] = .object([])
        }
        pod.tree[path: ["metadata", "labels", key]] = .string(value)
        return pod
    }

    /// The same pod with the volumes that a StatefulSet creates from its `volumeClaimTemplates` for its first pod.
    func claiming(_ claims: [String], of set: String) -> DryRunPod {
        guard !claims.isEmpty else { return self }
        var pod = self
        pod.tree["spec"]?.drop(Set(claims), from: "volumes")
        let volumes: [JSONTree] = claims.map { name in
            let source: JSONTree = .object(["claimName": .string("\(name)-\(set)-0")])
            return .object(["name": .string(name), "persistentVolumeClaim": source])
        }
        pod.tree[path: ["spec", "volumes"]] = .array((pod.tree[path: ["spec", "volumes"]]?.elements ?? []) + volumes)
        return pod
    }

    /// The same pod without what injections added to the original, so that the request shows what a new pod gets.
    ///
    /// - Parameter keepingMetadata: Whether its labels and annotations are kept.
    func without(_ injections: [Injection], keepingMetadata: Bool = false) -> DryRunPod {
        var pod = self
        let variables = Set(injections.flatMap(\.allVariables).map(\.name))
        let volumes = Set(injections.flatMap(\.volumes).map(\.name))
        let helpers = Set(injections.flatMap(\.containers).map(\.name))
        if !keepingMetadata {
            for annotation in injections.flatMap({ $0.identityAnnotations + $0.annotations }) {
                pod.tree[path: ["metadata", "annotations", annotation.key]] = nil
            }
            for label in injections.flatMap(\.labels) { pod.tree[path: ["metadata", "labels", label.key]] = nil }
        }
        for field in ["containers", "initContainers"] {
            pod.tree["spec"]?.drop(helpers, from: field)
            guard let containers = pod.tree[path: ["spec", field]]?.elements else { continue }
            pod.tree[path: ["spec", field]] = .array(
                containers.map { container in
                    var container = container
                    container.drop(variables, from: "env")
                    container.drop(volumes, from: "volumeMounts")
                    return container
                }
            )
        }
        pod.tree["spec"]?.drop(volumes, from: "volumes")
        return pod
    }
}

extension JSONTree {
    /// The API server writes only whole 64-bit numbers in a pod.
    init(copying value: JSONValue) {
        switch value.kind {
        case .null: self = .null
        case .bool: self = .literal(value.bool ?? false ? "true" : "false")
        case .number: self = value.int.map { .literal("\($0)") } ?? .null
        case .string: self = .string(value.string ?? "")
        case .array: self = .array(value.elements.map { JSONTree(copying: $0) })
        case .object:
            self = .object(
                value.members.map { Member(key: JSONString($0.key.string), value: JSONTree(copying: $0.value)) }
            )
        }
    }

    /// Removes the elements with these names from a list.
    fileprivate mutating func drop(_ names: Set<String>, from list: String) {
        guard let elements = self[list]?.elements else { return }
        self[list] = .array(elements.filter { !names.contains($0["name"]?.string ?? "") })
    }
}
