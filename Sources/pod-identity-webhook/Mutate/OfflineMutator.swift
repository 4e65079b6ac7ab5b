internal import Admission
internal import ClusterState
internal import Diagnosis
internal import JSON
internal import Kubernetes
internal import KubernetesObjects
internal import PodIdentity

/// Shows what the webhook would do to manifests, without a cluster.
struct OfflineMutator {
    /// What was done to one manifest.
    struct Result {
        /// The object after the change, or the review that answers an AdmissionReview.
        var tree: JSONTree
        /// The JSON patch, which is empty if nothing changes.
        var patch: JSONTree
        /// One report for each pod, pod template and review.
        var reports: [Report]
    }

    struct Report: Equatable {
        /// The kind and name of the object, such as `Deployment airflow/scheduler`.
        let subject: String
        let reason: Reason
        let serviceAccount: NamespacedName?
        let identity: String?
        let warnings: Warnings

        init(subject: String, serviceAccount: NamespacedName?, _ result: MutationResult) {
            self.subject = subject
            self.serviceAccount = serviceAccount
            reason = result.reason
            identity = result.identity
            warnings = result.warnings
        }
    }

    private let providers: ProviderChain
    private let cluster: ClusterIndexes
    private let namespace: String?

    /// - Parameters:
    ///   - cluster: all objects of the cluster; an object that is not in it does not exist.
    ///   - namespace: the namespace of the requests; nil for each object's own namespace.
    init(providers: ProviderChain, cluster: ClusterIndexes, namespace: String?) {
        self.providers = providers
        self.cluster = cluster
        self.namespace = namespace
    }

    /// - Throws: `ClusterStateError.manifest` if a pod or a review cannot be read.
    func mutate(_ manifest: Manifest) throws(ClusterStateError) -> Result {
        do {
            if manifest.kind == "AdmissionReview" { return try review(manifest.tree) }
            let changes = try changes(of: manifest.tree, at: JSONPointer())
            let patch = JSONTree.array(changes.operations)
            return Result(tree: try manifest.tree.applying(patch: patch), patch: patch, reports: changes.reports)
        } catch {
            throw .manifest("\(manifest.error("\(error)"))")
        }
    }

    // MARK: Objects

    private struct Changes {
        /// The operations of a JSON patch of the whole document.
        var operations: [JSONTree] = []
        var reports: [Report] = []
    }

    /// The paths of pods and pod templates in the kinds of each API group. The name of the core group is empty.
    private static let podPaths: [String: [String: [String]]] = [
        "": ["Pod": [], "PodTemplate": ["template"], "ReplicationController": ["spec", "template"]],
        "apps": [
            "Deployment": ["spec", "template"],
            "StatefulSet": ["spec", "template"],
            "DaemonSet": ["spec", "template"],
            "ReplicaSet": ["spec", "template"],
        ],
        "batch": ["Job": ["spec", "template"], "CronJob": ["spec", "jobTemplate", "spec", "template"]],
    ]

    private struct Kind {
        var apiVersion: String
        var name: String

        /// The path of the pod in an object of this kind; nil for a kind without one.
        var podPath: [String]? {
            let parts = apiVersion.split(separator: "/")
            return podPaths[parts.count == 2 ? String(parts[0]) : ""]?[name]
        }

        /// The kind of the items of a list of one type, which may leave it out.
        var item: Kind { Kind(apiVersion: apiVersion, name: String(name.dropLast("List".count))) }
    }

    private func changes(of tree: JSONTree, at pointer: JSONPointer, default: Kind? = nil) throws -> Changes {
        let kind = Kind(
            apiVersion: tree["apiVersion"]?.string ?? `default`?.apiVersion ?? "",
            name: tree["kind"]?.string ?? `default`?.name ?? ""
        )
        if kind.name.hasSuffix("List"), let items = tree["items"]?.elements {
            var all = Changes()
            for (index, item) in items.enumerated() {
                let place = pointer.appending(key: "items").appending(index: index)
                let changes = try changes(of: item, at: place, default: kind.item)
                all.operations += changes.operations
                all.reports += changes.reports
            }
            return all
        }
        guard let path = kind.podPath, let pod = tree[path: path] else { return Changes() }
        return try changes(of: pod, in: tree, kind, at: path.reduce(pointer) { $0.appending(key: $1) })
    }

    private func changes(
        of pod: JSONTree,
        in object: JSONTree,
        _ kind: Kind,
        at pointer: JSONPointer
    ) throws -> Changes {
        let own = object[path: ["metadata", "namespace"]]?.string ?? ""
        let namespace = namespace ?? (own.isEmpty ? "default" : own)
        return try JSONParser().parse(pod.bytes) { root in
            let view = try PodView(root, namespace: namespace, defaultServiceAccount: "default", pointer: pointer)
            var inputs = cluster.inputs(for: view)
            if inputs.serviceAccount == .unknown { inputs.serviceAccount = .absent }
            if inputs.namespace == .unknown { inputs.namespace = .absent }
            var generator = SystemRandomNumberGenerator()
            let result =
                try providers.mutate(view, inputs, using: &generator).value
                ?? MutationResult(reason: .serviceAccountNotFound)
            let report = Report(
                subject: "\(kind.name) \(namespace)/\(Self.name(of: object))",
                serviceAccount: view.serviceAccount,
                result
            )
            return Changes(operations: try JSONTree(parsing: result.patch.bytes).elements ?? [], reports: [report])
        }
    }

    private static func name(of object: JSONTree) -> String {
        object[path: ["metadata", "name"]]?.string ?? object[path: ["metadata", "generateName"]]?.string ?? ""
    }

    // MARK: Reviews

    private func review(_ review: JSONTree) throws -> Result {
        let controller = AdmissionController(providers: providers, cluster: cluster)
        let response = try review.bytes.withUnsafeBytes { bytes in
            let parser = JSONParser()
            var results = AdmissionController.LookupResults()
            while true {
                switch try controller.review(bytes, padded: false, parser: parser, results: results) {
                case .ready(let response): return response
                case .needs(let need): results = results.adding(.absent, for: need)
                }
            }
        }
        let report = Report(
            subject: "AdmissionReview of Pod \(response.namespace)/\(response.podName)",
            serviceAccount: response.serviceAccount,
            response.result
        )
        return Result(
            tree: try JSONTree(parsing: response.body),
            patch: try JSONTree(parsing: response.result.patch.bytes),
            reports: [report]
        )
    }
}
