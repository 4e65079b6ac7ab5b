internal import JSON
internal import Kubernetes
internal import KubernetesObjects

/// The ownership of objects in a cluster, as far as it could be read.
struct Workloads: Sendable, Equatable {
    private struct Key: Hashable {
        let namespace: String
        let owner: Workload.Owner
    }

    private struct Entry: Equatable {
        let owner: Workload.Owner?
        let isReplacedOnDeletion: Bool
    }

    /// More levels than this would be a cycle.
    private static let highest = 6

    private var entries: [Key: Entry] = [:]
    /// A pod as created by one of its workloads, for each ServiceAccount.
    private(set) var templates: [NamespacedName: DryRunPod] = [:]

    /// Adds an object that creates pods, or that creates such objects.
    mutating func add(_ object: ObjectView, group: String, kind: String) {
        guard let key = object.metadata.key else { return }
        let strategy = object.value["spec"]?["updateStrategy"]?["type"]?.string
        entries[Key(namespace: key.namespace, owner: .init(group: group, kind: kind, name: key.name))] = Entry(
            owner: Workload.Owner(object),
            isReplacedOnDeletion: strategy == "OnDelete"
        )
    }

    private mutating func addTemplate(
        of object: ObjectView,
        kind: String,
        _ accounts: Set<NamespacedName>,
        _ isWanted: (DryRunPod) -> Bool
    ) {
        let spec = object.value["spec"]
        guard let key = object.metadata.key,
            let template = spec?["template"] ?? spec?["jobTemplate"]?["spec"]?["template"]
        else { return }
        // The API server fills in the account in pods, but not in the objects that create them.
        let name = template["spec"]?["serviceAccountName"]?.string.flatMap { $0.isEmpty ? nil : $0 }
        let account = NamespacedName(namespace: key.namespace, name: name ?? "default")
        guard accounts.contains(account), templates[account] == nil else { return }
        let claims = spec?["volumeClaimTemplates"]?.elements.compactMap { $0["metadata"]?["name"]?.string } ?? []
        let pod = DryRunPod(like: template, source: "those of \(kind) \(key.name)", account: account)
            .claiming(claims, of: key.name)
        if isWanted(pod) { templates[account] = pod }
    }

    func workload(of pod: ObjectView) -> Workload {
        let namespace = pod.metadata.namespace?.string ?? ""
        var workload = Workload(namespace: namespace, owners: [])
        var next = Workload.Owner(pod)
        while let owner = next, workload.owners.count < Self.highest {
            workload.owners.append(owner)
            if let entry = entries[Key(namespace: namespace, owner: owner)] {
                workload.isReplacedOnDeletion = workload.isReplacedOnDeletion || entry.isReplacedOnDeletion
                workload.isCertain = true
                next = entry.owner
            } else {
                if owner.isBuiltIn { workload.isCertain = false }
                next = Self.deployment(of: owner, hash: pod.metadata.label("pod-template-hash")?.string)
            }
        }
        return workload
    }

    /// The Deployment above a ReplicaSet that could not be read: it forms the ReplicaSet's name from its own and this
    /// label of the pods.
    private static func deployment(of owner: Workload.Owner, hash: String?) -> Workload.Owner? {
        guard owner.group == "apps", owner.kind == "ReplicaSet", let hash, owner.name.hasSuffix("-\(hash)") else {
            return nil
        }
        let name = owner.name.dropLast(hash.count + 1)
        return Workload.Owner(group: "apps", kind: "Deployment", name: String(name))
    }
}

// MARK: - Reading

extension Workloads {
    /// A kind of object that creates pods, or creates such objects.
    struct Kind {
        let group: String
        let version: String
        let name: String
        let plural: String
        /// Whether more than metadata is read: the template of the pods, and how they are replaced.
        let hasTemplate: Bool
        /// The API version that preceded this one.
        var earlierVersion: String?

        func resource(_ version: String, _ namespace: String?) -> Resource {
            Resource(
                groupPath: "/apis/\(group)/\(version)",
                plural: plural,
                namespace: namespace,
                metadataOnly: !hasTemplate
            )
        }
    }

    /// Kinds whose pods are most typical of the cluster come first. There may be very many ReplicaSets and Jobs.
    static let kinds = [
        Kind(group: "apps", version: "v1", name: "Deployment", plural: "deployments", hasTemplate: true),
        Kind(group: "apps", version: "v1", name: "StatefulSet", plural: "statefulsets", hasTemplate: true),
        Kind(group: "apps", version: "v1", name: "DaemonSet", plural: "daemonsets", hasTemplate: true),
        Kind(
            group: "batch",
            version: "v1",
            name: "CronJob",
            plural: "cronjobs",
            hasTemplate: true,
            earlierVersion: "v1beta1"
        ),
        Kind(group: "apps", version: "v1", name: "ReplicaSet", plural: "replicasets", hasTemplate: false),
        Kind(group: "batch", version: "v1", name: "Job", plural: "jobs", hasTemplate: false),
    ]

    /// Reads everything that may be read: without the rest, remedies and dry runs are less exact, but nothing is
    /// hidden.
    ///
    /// - Parameters:
    ///   - namespace: Nil for all namespaces.
    ///   - accounts: The ServiceAccounts for which one template each is kept.
    ///   - isWanted: Whether a pod is suitable as a template.
    mutating func read(
        _ namespace: String?,
        _ client: APIClient,
        accounts: Set<NamespacedName>,
        isWanted: @Sendable (DryRunPod) -> Bool
    ) async throws(KubernetesError) {
        for kind in Self.kinds {
            for version in [kind.version, kind.earlierVersion].compactMap(\.self) {
                do {
                    let pages = ObjectPages(kind.resource(version, namespace), client: client)
                    self = try await pages.reduce(into: self, skip: { _, _ in }) { workloads, object in
                        workloads.add(object, group: kind.group, kind: kind.name)
                        if kind.hasTemplate { workloads.addTemplate(of: object, kind: kind.name, accounts, isWanted) }
                    }
                    break
                } catch {
                    guard case .refused(let status) = error, status.code != 401 else { throw error }
                }
            }
        }
    }
}
