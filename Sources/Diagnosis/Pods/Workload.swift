internal import JSON
internal import KubernetesObjects

/// What recreates a pod when it is gone: its owners, starting with its own (meta/v1 `OwnerReference`).
package struct Workload: Hashable, Sendable {
    package struct Owner: Hashable, Sendable {
        /// The API group; empty for the core group.
        package var group: String
        package var kind: String
        package var name: String

        package init(group: String, kind: String, name: String) {
            self.group = group
            self.kind = kind
            self.name = name
        }
    }

    package var namespace: String
    /// Empty for a pod that nothing recreates.
    package var owners: [Owner]
    /// Whether its pods are replaced only when they are deleted (`updateStrategy: {type: OnDelete}`).
    package var isReplacedOnDeletion = false
    /// Whether all owners of Kubernetes' own kinds could be read, so that there are no others above them.
    package var isCertain = true

    package init(namespace: String, owners: [Owner], isReplacedOnDeletion: Bool = false) {
        self.namespace = namespace
        self.owners = owners
        self.isReplacedOnDeletion = isReplacedOnDeletion
    }

    /// The highest owner of one of Kubernetes' own kinds, such as the Deployment above a ReplicaSet. Users know the pod
    /// by its name. Nil for a pod without owners, and for one whose own owner is of another kind.
    package var controller: Owner? { owners.prefix(while: \.isBuiltIn).last }

    /// The lowest owner of a kind that Kubernetes does not have. Its controller reverts changes to the objects below
    /// it.
    package var operatorOwner: Owner? { owners.first { !$0.isBuiltIn } }
}

extension Workload {
    /// The object by which users know the pods; nil for a pod that nothing recreates.
    package var top: Owner? { controller ?? operatorOwner }
}

extension Workload.Owner {
    private static let builtIn: [String: Set<String>] = [
        "": ["ReplicationController", "Node"],
        "apps": ["Deployment", "ReplicaSet", "StatefulSet", "DaemonSet"],
        "batch": ["Job", "CronJob"],
    ]

    var isBuiltIn: Bool { Self.builtIn[group]?.contains(kind) ?? false }

    /// The owner that the object's metadata names as its controller; if there is none, its first owner.
    init?(_ object: ObjectView) {
        let references = object.value["metadata"]?["ownerReferences"]
        let managing = references?.elements.first { $0["controller"]?.bool ?? false }
        guard let owner = managing ?? references?.elements.first(where: { _ in true }),
            let kind = owner["kind"]?.string, let name = owner["name"]?.string
        else { return nil }
        let version = owner["apiVersion"]?.string ?? ""
        self.init(group: version.contains("/") ? String(version.prefix { $0 != "/" }) : "", kind: kind, name: name)
    }

    /// The name for kubectl, `deployment/shop`; with the API group if it could be mistaken for one of Kubernetes' own.
    /// The API server accepts any text as an owner from users who may create pods.
    package var resource: String {
        let type = isBuiltIn || group.isEmpty ? kind.lowercased() : "\(kind.lowercased()).\(group)"
        return "\(type)/\(name)"
    }

    /// On one line.
    package var description: String { "\(kind) \(name)".onOneLine }
}

extension Workload: CustomStringConvertible {
    /// The name for kubectl of the highest owner.
    package var description: String { top?.resource ?? "" }
}
