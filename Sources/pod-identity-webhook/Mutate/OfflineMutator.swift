internal import Admission
internal import ClusterState
internal import Diagnosis
internal import JSON
internal import Kubernetes
internal import KubernetesObjects
internal import PodIdentity

/// What the webhook would do to manifests, without a cluster.
struct OfflineMutator {
    /// What became of one object.
    struct Result {
        /// The object afterwards; of an AdmissionReview, the review that would be answered.
        var tree: JSONTree
        /// Empty if nothing changes.
        var patch: JSONTree
        /// One for each pod, pod template and review found.
        var reports: [Report]
    }

    struct Report: Equatable {
        /// Such as `Deployment airflow/scheduler`.
        let subject: String
        let reason: Reason
        let serviceAccount: NamespacedName?
        let identity: String?
        let warnings: Warnings

        init(subject: String, serviceAccount: NamespacedName?, _ outcome: PodOutcome) {
            self.subject = subject
            self.serviceAccount = serviceAccount
            reason = outcome.reason
            identity = outcome.identity
            warnings = outcome.warnings
        }
    }

    private let providers: ProviderChain
    private let cluster: ClusterIndexes
    private let namespace: String?

    /// - Parameters:
    ///   - cluster: all that there is; what is not in it does not exist.
    ///   - namespace: of the request; nil to take each object's own.
    init(providers: ProviderChain, cluster: ClusterIndexes, namespace: String?) {
        self.providers = providers
        self.cluster = cluster
        self.namespace = namespace
    }

    /// - Throws: `ClusterStateError.manifest` for a pod or a review that cannot be read.
    func mutate(_ manifest: Manifest) throws(ClusterStateError) -> Result {
        do {
            if manifest.kind == "AdmissionReview" { return try answer(manifest.tree) }
            let changes = try changes(of: manifest.tree, at: JSONPointer())
            let patch = JSONTree.array(changes.operations)
            return Result(tree: try manifest.tree.applying(patch: patch), patch: patch, reports: changes.reports)
        } catch {
            throw .manifest("\(manifest.error("\(error)"))")
        }
    }

    // MARK: Objects

    private struct Changes {
        /// Of a JSON patch of the whole document.
        var operations: [JSONTree] = []
        var reports: [Report] = []
    }

    /// Where the kinds of an API group have their pod. The core group has no name.
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

        /// Nil for a kind without a pod, or of a group that is not Kubernetes' own.
        var podPath: [String]? {
            let parts = apiVersion.split(separator: "/")
            return podPaths[parts.count == 2 ? String(parts[0]) : ""]?[name]
        }

        /// Of the items of a list of one type, which need not name their own.
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
            let outcome =
                try providers.mutate(view, inputs, using: &generator).value
                ?? PodOutcome(reason: .serviceAccountNotFound)
            let report = Report(
                subject: "\(kind.name) \(namespace)/\(Self.name(of: object))",
                serviceAccount: view.serviceAccount,
                outcome
            )
            return Changes(operations: try JSONTree(parsing: outcome.patch.bytes).elements ?? [], reports: [report])
        }
    }

    private static func name(of object: JSONTree) -> String {
        object[path: ["metadata", "name"]]?.string ?? object[path: ["metadata", "generateName"]]?.string ?? ""
    }

    // MARK: Reviews

    private func answer(_ review: JSONTree) throws -> Result {
        let controller = AdmissionController(providers: providers, cluster: cluster)
        let answer = try review.bytes.withUnsafeBytes { bytes in
            let parser = JSONParser()
            var found = AdmissionController.Found()
            while true {
                switch try controller.review(bytes, padded: false, parser: parser, found: found) {
                case .ready(let response): return response
                case .needs(let need): found = found.with(.absent, for: need)
                }
            }
        }
        let report = Report(
            subject: "AdmissionReview of Pod \(answer.namespace)/\(answer.podName)",
            serviceAccount: answer.serviceAccount,
            answer.outcome
        )
        return Result(
            tree: try JSONTree(parsing: answer.body),
            patch: try JSONTree(parsing: answer.outcome.patch.bytes),
            reports: [report]
        )
    }
}
