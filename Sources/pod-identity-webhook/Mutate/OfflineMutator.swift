internal import Admission
internal import ClusterState
internal import JSON
internal import Kubernetes
internal import KubernetesObjects
internal import PodIdentity

/// Shows what the webhook would do to manifests, without a cluster.
struct OfflineMutator {
    /// The result for a manifest.
    struct Result {
        var manifest: Manifest
        /// The mutated object, or the response to an AdmissionReview.
        var tree: JSONTree
        /// One report for each pod, pod template and review, and for each object without any.
        var reports: [MutateReport]
    }

    private let providers: ProviderChain
    private let cluster: ClusterIndexes
    private let reader: ClusterReader
    private let namespace: String?
    private let parser = JSONParser()

    /// - Parameters:
    ///   - cluster: All objects of the cluster; an object that is not included does not exist.
    ///   - namespace: The namespace of the requests; nil for each object's own namespace.
    init(providers: ProviderChain, cluster: ClusterIndexes, namespace: String?) {
        self.providers = providers
        self.cluster = cluster
        reader = ClusterReader(cluster)
        self.namespace = namespace
    }

    /// - Throws: `ClusterStateError.manifest` if a pod or a review cannot be read.
    func mutate(_ manifest: Manifest) throws(ClusterStateError) -> Result {
        do {
            if manifest.isReview { return try review(manifest) }
            var operations: [JSONTree] = []
            var reports: [MutateReport] = []
            for object in PodTemplates(in: manifest.tree).objects {
                let found = try self.reports(on: object)
                reports += found
                for patch in found.compactMap(\.pod?.patch) {
                    operations += patch.elements?.map { $0.moved(to: object.pointer) } ?? []
                }
            }
            let tree = try manifest.tree.applying(patch: .array(operations))
            return Result(manifest: manifest, tree: tree, reports: reports)
        } catch {
            throw .manifest("\(manifest.error("\(error)"))")
        }
    }

    // MARK: Objects

    private func reports(on object: PodTemplates.Object) throws -> [MutateReport] {
        var report = MutateReport(
            apiVersion: object.apiVersion,
            kind: object.kind,
            namespace: object.namespace,
            name: object.name,
            outcome: .noPod(problem: nil)
        )
        if object.kind == "ServiceAccount" {
            report.namespace = namespace(of: object, isRequest: false)
            report.outcome = .serviceAccount(try problems(ofServiceAccount: object.tree))
        }
        guard !object.pods.isEmpty else { return [report] }
        return try object.pods.map { pod in
            report.namespace = namespace(of: object, isRequest: true)
            do {
                report.outcome = .pod(try outcome(of: pod, in: object))
            } catch let error as MalformedPod where pod.isFoundByShape {
                report.outcome = .noPod(problem: "what looks like one at \(pod.path) is malformed: \(error)")
            }
            return report
        }
    }

    /// The namespace in which an object is created. The request's namespace applies only to pods: a ServiceAccount of
    /// another namespace may be in the same file.
    private func namespace(of object: PodTemplates.Object, isRequest: Bool) -> String {
        let own = object.namespace.isEmpty ? nil : object.namespace
        return (isRequest ? namespace ?? own : own ?? namespace) ?? "default"
    }

    /// What is wrong with a ServiceAccount, as the server reports it when the ServiceAccount is written.
    func problems(ofServiceAccount tree: JSONTree) throws -> Warnings {
        let configurations = cluster.configurations.current
        let prefixes = providers.annotationPrefixes(configurations)
        return try parser.parse(tree.bytes) { root in
            providers.problems(
                ofServiceAccount: Annotations(of: ObjectView(root).metadata, beginningWith: prefixes),
                configurations
            )
        }
    }

    private func outcome(of pod: PodTemplates.Pod, in object: PodTemplates.Object) throws -> MutateReport.Pod {
        let namespace = namespace(of: object, isRequest: true)
        return try parser.parse(pod.tree.bytes) { root in
            let view = try PodView(root, namespace: namespace, defaultServiceAccount: "default", pointer: pod.path)
            var inputs = reader.inputs(for: view)
            if inputs.serviceAccount == .unknown { inputs.serviceAccount = .absent }
            if inputs.namespace == .unknown { inputs.namespace = .absent }
            var generator = SystemRandomNumberGenerator()
            let result =
                try providers.mutate(view, inputs, using: &generator).value
                ?? MutationResult(reason: .serviceAccountNotFound)
            return try outcome(
                result,
                view.serviceAccount,
                pod.path,
                isOneOfMany: object.pods.count > 1,
                denial: result.denial
            )
        }
    }

    private func outcome(
        _ result: MutationResult,
        _ serviceAccount: NamespacedName?,
        _ path: JSONPointer,
        isOneOfMany: Bool,
        denial: Denial? = nil
    ) throws -> MutateReport.Pod {
        let isKnown = serviceAccount.map { cluster.serviceAccounts.lookUp($0).isKnown } ?? true
        let mayDepend = [.serviceAccountNotFound, .noIdentity, .noRole].contains(result.reason)
        return MutateReport.Pod(
            path: path,
            isOneOfMany: isOneOfMany,
            serviceAccount: serviceAccount,
            reason: denial?.reason ?? result.reason,
            identity: result.identity,
            parts: result.parts.count > 1 ? result.parts : [],
            denial: denial,
            warnings: result.warnings,
            patch: try JSONTree(parsing: result.patch.bytes),
            lacksServiceAccount: !isKnown && mayDepend
        )
    }

    // MARK: Reviews

    private func review(_ manifest: Manifest) throws -> Result {
        let controller = AdmissionController(providers: providers, cluster: cluster)
        let response = try manifest.tree.bytes.withUnsafeBytes { bytes in
            var results = AdmissionController.LookupResults()
            while true {
                switch try controller.review(bytes, padded: false, parser: parser, results: results) {
                case .ready(let response): return response
                case .needs(let need): results = results.adding(.absent, for: need)
                }
            }
        }
        let request = manifest.tree["request"]
        let report = MutateReport(
            isReview: true,
            apiVersion: request?[path: ["kind", "version"]]?.string ?? "v1",
            kind: request?[path: ["kind", "kind"]]?.string ?? "Pod",
            namespace: response.namespace,
            name: response.podName.isEmpty ? request?["name"]?.string ?? "" : response.podName,
            outcome: .pod(
                try outcome(
                    response.result,
                    response.serviceAccount,
                    JSONPointer(),
                    isOneOfMany: false,
                    denial: response.denial
                )
            )
        )
        return Result(manifest: manifest, tree: try JSONTree(parsing: response.body), reports: [report])
    }
}

extension Manifest {
    var isReview: Bool { kind == "AdmissionReview" }
}

extension DecisionInputs.Object {
    fileprivate var isKnown: Bool {
        if case .known = self { true } else { false }
    }
}

extension JSONTree {
    /// The operation on the whole document that corresponds to one on a part at this place.
    fileprivate func moved(to place: JSONPointer) -> JSONTree {
        var operation = self
        operation["path"] = self["path"]?.string.map { .string(place.description + $0) }
        return operation
    }
}
