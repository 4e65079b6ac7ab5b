internal import JSON

/// The objects of a manifest, and the pods and pod templates in them. In Kubernetes' own kinds, these are in known
/// places; elsewhere, they are recognised by their structure, at any depth.
struct PodTemplates {
    struct Object {
        var apiVersion: String
        var kind: String
        /// The namespace of the object, or of the object that contains it; empty if neither specifies one.
        var namespace: String
        /// The name, or the prefix of a name that the API server generates; empty if there is neither.
        var name: String
        /// The place of the object in the manifest.
        var pointer: JSONPointer
        var tree: JSONTree
        var pods: [Pod] = []
    }

    struct Pod {
        /// The place of the pod or the template in its object.
        var path: JSONPointer
        var tree: JSONTree
        /// Whether it was recognised by its structure, so that it may be something else.
        var isFoundByShape: Bool
    }

    /// In the order of the manifest. Objects within others are included only if they have pods, and those around them
    /// only if they have pods of their own.
    private(set) var objects: [Object] = []

    init(in manifest: JSONTree) { visit(manifest, at: JSONPointer(), Context()) }

    // MARK: Objects

    /// What an object inherits from the one that contains it.
    private struct Context {
        var apiVersion = ""
        var kind = ""
        var namespace = ""
        /// Whether the object is a part of one that is not a list.
        var isInside = false
    }

    private mutating func visit(_ tree: JSONTree, at pointer: JSONPointer, _ context: Context) {
        let kind = tree["kind"]?.string ?? context.kind
        let own = tree[path: ["metadata", "namespace"]]?.string ?? ""
        var object = Object(
            apiVersion: tree["apiVersion"]?.string ?? context.apiVersion,
            kind: kind,
            namespace: own.isEmpty ? context.namespace : own,
            name: tree[path: ["metadata", "name"]]?.string ?? tree[path: ["metadata", "generateName"]]?.string ?? "",
            pointer: pointer,
            tree: tree
        )
        if kind.hasSuffix("List"), let items = tree["items"]?.elements, !items.isEmpty {
            return visit(items, of: object, context)
        }
        let place = objects.count
        if let path = Self.knownPath(of: object) {
            // A malformed pod is an error, but something within another object may be a mere reference.
            if let pod = tree[path: path], !pod.isNull, !context.isInside || pod.isShapedLikePod {
                let path = path.reduce(JSONPointer()) { $0.appending(key: $1) }
                object.pods.append(Pod(path: path, tree: pod, isFoundByShape: context.isInside))
            }
        } else if kind == "Pod", tree.isShapedLikePod {
            object.pods.append(Pod(path: JSONPointer(), tree: tree, isFoundByShape: true))
        } else {
            search(tree.members ?? [], at: JSONPointer(), &object)
        }
        let hasInner = objects.count > place
        if !object.pods.isEmpty || !hasInner && !context.isInside { objects.insert(object, at: place) }
    }

    private mutating func visit(_ items: [JSONTree], of list: Object, _ context: Context) {
        var inner = context
        // A list of one type may omit the type of its items.
        inner.apiVersion = list.kind == "List" ? "" : list.apiVersion
        inner.kind = String(list.kind.dropLast("List".count))
        inner.namespace = list.namespace
        for (index, item) in items.enumerated() where item.members != nil {
            visit(item, at: list.pointer.appending(key: "items").appending(index: index), inner)
        }
    }

    // MARK: Known places

    /// The paths of pods and pod templates in the kinds of each API group. The name of the core group is empty.
    private static let knownPaths: [String: [String: [String]]] = [
        "": ["Pod": [], "PodTemplate": ["template"], "ReplicationController": ["spec", "template"]],
        "apps": [
            "Deployment": ["spec", "template"],
            "StatefulSet": ["spec", "template"],
            "DaemonSet": ["spec", "template"],
            "ReplicaSet": ["spec", "template"],
        ],
        "batch": ["Job": ["spec", "template"], "CronJob": ["spec", "jobTemplate", "spec", "template"]],
    ]

    private static func knownPath(of object: Object) -> [String]? {
        let parts = object.apiVersion.split(separator: "/")
        return knownPaths[parts.count == 2 ? String(parts[0]) : ""]?[object.kind]
    }

    // MARK: Shapes

    /// Searches the members of an object or of a part of it. The object's metadata and status contain no pods.
    private mutating func search(_ members: [JSONTree.Member], at path: JSONPointer, _ object: inout Object) {
        let isRoot = path == JSONPointer()
        for member in members {
            let key = member.key.value
            if isRoot, ["metadata", "status"].contains(key) { continue }
            let isTemplate = ["template", "templates"].contains { key.lowercased().hasSuffix($0) }
            search(member.value, at: path.appending(key: key), isTemplate: isTemplate, &object)
        }
    }

    private mutating func search(
        _ value: JSONTree,
        at path: JSONPointer,
        isTemplate: Bool,
        _ object: inout Object
    ) {
        switch value {
        case .array(let elements):
            for (index, element) in elements.enumerated() {
                search(element, at: path.appending(index: index), isTemplate: isTemplate, &object)
            }
        case .object(let members):
            if value["kind"]?.string != nil, value["apiVersion"]?.string != nil {
                let context = Context(namespace: object.namespace, isInside: true)
                visit(value, at: JSONPointer(object.pointer.description + path.description), context)
            } else if isTemplate, value.isShapedLikePod {
                object.pods.append(Pod(path: path, tree: value, isFoundByShape: true))
            } else {
                search(members, at: path, &object)
            }
        default: break
        }
    }
}

extension JSONTree {
    /// Whether `spec.containers` is a list of containers, each with a name or an image.
    fileprivate var isShapedLikePod: Bool {
        guard let containers = self[path: ["spec", "containers"]]?.elements, !containers.isEmpty else { return false }
        return containers.allSatisfy { $0["name"]?.string != nil || $0["image"]?.string != nil }
    }
}
