package import JSON
package import KubernetesObjects

/// A borrowed view of a Pod, or of a workload's pod template, which also has `metadata` and `spec`. It is valid only as
/// long as the parsed document.
package struct PodView {
    /// The namespace of the request; a pod's own `metadata.namespace` may be empty at admission.
    package let namespace: String
    /// The name of the pod's ServiceAccount; nil for a mirror pod, which has none.
    package let serviceAccountName: String?
    package let metadata: JSONValue?
    package let spec: JSONValue
    /// The pod's position in its document, with which the paths of a patch begin.
    package let pointer: JSONPointer
    /// All init containers, followed by all other containers, without ephemeral ones.
    package let containers: [ContainerView]

    /// - Parameter defaultServiceAccount: The ServiceAccount of a pod that names none. The API server fills in
    ///   `default` before it calls a webhook, so only offline use needs this.
    /// - Throws: `MalformedPod` if a field that is read here does not have its type from `core/v1` Pod.
    package init(
        _ pod: JSONValue,
        namespace: String,
        defaultServiceAccount: String? = nil,
        pointer: JSONPointer = JSONPointer()
    ) throws(MalformedPod) {
        guard let spec = pod["spec"], spec.kind == .object else {
            throw MalformedPod(field: "spec", problem: pod["spec"] == nil ? "is missing" : "must be an object")
        }
        self.namespace = namespace
        self.pointer = pointer
        self.spec = spec
        metadata = try pod.optional("metadata", .object, in: "")
        try metadata?.requireStrings(in: "annotations")
        try metadata?.requireStrings(in: "labels")
        for field: StaticString in ["name", "generateName"] { _ = try metadata?.name(field, in: "metadata.") }
        _ = try spec.optional("volumes", .array, in: "spec.")
        // `serviceAccount` is the deprecated name of the field; the API server sets both fields.
        let name = try spec.name("serviceAccountName", in: "spec.") ?? ""
        let deprecatedName = try spec.name("serviceAccount", in: "spec.") ?? ""
        serviceAccountName = !name.isEmpty ? name : !deprecatedName.isEmpty ? deprecatedName : defaultServiceAccount
        containers = try ContainerView.all(in: spec, of: pointer)
    }

    /// The ephemeral containers (`core/v1` EphemeralContainer), which only an existing pod can have.
    package func ephemeralContainers() throws(MalformedPod) -> [ContainerView] {
        var containers: [ContainerView] = []
        try ContainerView.append("ephemeralContainers", in: spec, of: pointer, to: &containers)
        return containers
    }

    /// The name of the pod, or the prefix of the name that will be generated.
    package var name: String { metadata?["name"]?.string ?? metadata?["generateName"]?.string ?? "" }

    /// The value of an annotation, cut to `Annotations.maximumValue`.
    package func annotation(_ key: String) -> String? {
        metadata?["annotations"]?.member(key)?.text?.string(cutTo: Annotations.maximumValue)
    }

    package func label(_ key: String) -> String? {
        metadata?["labels"]?.member(key)?.text?.string(cutTo: Annotations.maximumValue)
    }

    package var serviceAccount: NamespacedName? {
        serviceAccountName.map { NamespacedName(namespace: namespace, name: $0) }
    }

    /// The pod's ServiceAccount: the one that it names, or otherwise `default`; nil for a mirror pod, which the kubelet
    /// marks with an annotation (`core/v1` MirrorPodAnnotationKey).
    package var effectiveServiceAccount: NamespacedName? {
        if let serviceAccount { return serviceAccount }
        guard metadata?["annotations"]?.member("kubernetes.io/config.mirror") == nil else { return nil }
        return NamespacedName(namespace: namespace, name: "default")
    }
}

/// A borrowed view of a container.
package struct ContainerView {
    package let name: String
    /// The container's position in the document.
    package let pointer: JSONPointer
    package let value: JSONValue
    /// The list `env`; nil if there is none.
    package let environment: JSONValue?
    package let volumeMounts: JSONValue?

    /// The entries of `env` that have a name, in order.
    var variables: [Variable] {
        guard let environment else { return [] }
        var variables: [Variable] = []
        var index = 0
        for entry in environment.elements {
            if let name = entry["name"]?.text { variables.append(Variable(name: name, index: index, entry: entry)) }
            index += 1
        }
        return variables
    }

    struct Variable {
        let name: JSONText
        /// The index of the entry in `env`.
        let index: Int
        let entry: JSONValue

        var value: JSONText? { entry["value"]?.text }
    }

    /// Whether `env` has a variable with this name, whatever its value.
    package func sets(_ variable: String) -> Bool { variables.contains(name: variable) }

    static func all(in spec: JSONValue, of pod: JSONPointer) throws(MalformedPod) -> [ContainerView] {
        var containers: [ContainerView] = []
        containers.reserveCapacity(4)
        try append("initContainers", in: spec, of: pod, to: &containers)
        try append("containers", in: spec, of: pod, to: &containers)
        return containers
    }

    /// The maximum number of containers in a list, far more than a node can run. Each container can add kilobytes to
    /// the patch, so without a limit a short review could lead to a huge patch.
    private static let maximumCount = 1000

    fileprivate static func append(
        _ field: StaticString,
        in spec: JSONValue,
        of pod: JSONPointer,
        to containers: inout [ContainerView]
    ) throws(MalformedPod) {
        guard let list = try spec.optional(field, .array, in: "spec.") else { return }
        let root = pod.appending(key: "spec" as StaticString).appending(key: field)
        var index = 0
        for value in list.elements {
            defer { index += 1 }
            guard index < maximumCount else {
                throw MalformedPod(field: "spec.\(field)", problem: "must have at most \(maximumCount) entries")
            }
            guard value.kind == .object else {
                throw MalformedPod(field: "spec.\(field)[\(index)]", problem: "must be an object")
            }
            let environment = try value.optional("env", .array, in: "spec.\(field)[\(index)].")
            let volumeMounts = try value.optional("volumeMounts", .array, in: "spec.\(field)[\(index)].")
            let name = try value.name("name", in: "spec.\(field)[\(index)].") ?? ""
            containers.append(
                ContainerView(
                    name: name,
                    pointer: root.appending(index: index),
                    value: value,
                    environment: environment,
                    volumeMounts: volumeMounts
                )
            )
        }
    }
}

/// A field of a pod that does not have the required type or length.
package struct MalformedPod: Error, Equatable, CustomStringConvertible {
    package let field: String
    package let problem: String

    package var description: String { "the pod's \(field) \(problem)" }
}

extension JSONValue {
    /// The member with this name and type. Absent and null mean the same in the Kubernetes API, so the result is nil
    /// for both.
    ///
    /// - Parameter place: The path of this value in the pod, for the error.
    func optional(
        _ key: StaticString,
        _ kind: Kind,
        in place: @autoclosure () -> String
    ) throws(MalformedPod) -> JSONValue? {
        guard let value = self[key] else { return nil }
        let found = value.kind
        guard found == kind else {
            if found == .null { return nil }
            let problem = "must be \(kind.withArticle), not \(found.withArticle)"
            throw MalformedPod(field: "\(place())\(key)", problem: problem)
        }
        return value
    }

    /// A name that is kept longer than the request, so its length is limited.
    ///
    /// - Parameter place: The path of this value in the pod, for the error.
    func name(_ key: StaticString, in place: @autoclosure () -> String) throws(MalformedPod) -> String? {
        guard let text = try optional(key, .string, in: place())?.text else { return nil }
        guard text.utf8.count <= NamespacedName.maximumBytes else {
            let problem = "must have at most \(NamespacedName.maximumBytes) bytes, not \(text.utf8.count)"
            throw MalformedPod(field: "\(place())\(key)", problem: problem)
        }
        return text.string
    }

    /// Checks that all values of `metadata.labels` or `metadata.annotations` are strings.
    fileprivate func requireStrings(in field: StaticString) throws(MalformedPod) {
        guard let entries = try optional(field, .object, in: "metadata.") else { return }
        for (key, value) in entries.members where value.kind != .string && !value.isNull {
            let problem = "must be a string, not \(value.kind.withArticle)"
            let key = key.string(cutTo: NamespacedName.maximumBytes)
            throw MalformedPod(field: "metadata.\(field)[\"\(key)\"]", problem: problem)
        }
    }

    func list(_ key: StaticString) -> JSONValue? {
        guard let value = self[key], value.kind == .array else { return nil }
        return value
    }
}

extension JSONValue.Kind {
    fileprivate var withArticle: String { self == .array || self == .object ? "an \(self)" : "a \(self)" }
}
