package import JSON
package import KubernetesObjects

/// What a decision about a pod reads: a borrowed view of a Pod, or of a workload's pod template (both have `metadata`
/// and `spec`). It lives no longer than the parsed document.
package struct PodView {
    /// The request's namespace: a pod's own `metadata.namespace` may be empty at admission.
    package let namespace: String
    /// Nil for a mirror pod, which has no ServiceAccount.
    package let serviceAccountName: String?
    package let metadata: JSONValue?
    package let spec: JSONValue
    /// Of the pod in its document; the places of a patch start here.
    package let pointer: JSONPointer
    /// Init containers first, each with the place of its object in the pod.
    package let containers: [ContainerView]

    /// - Parameter defaultServiceAccount: for a pod that names none; the API server fills in `default` before it calls
    ///   a webhook, so that only offline use needs it.
    /// - Throws: `MalformedPod` where the pod is not of the shape of `core/v1` Pod as far as it is read here.
    package init(
        _ pod: JSONValue,
        namespace: String,
        defaultServiceAccount: String? = nil,
        pointer: JSONPointer = JSONPointer()
    ) throws(MalformedPod) {
        guard let spec = pod["spec"], spec.kind == .object else {
            throw MalformedPod(field: "spec", problem: "must be an object")
        }
        self.namespace = namespace
        self.pointer = pointer
        self.spec = spec
        metadata = try pod.optional("metadata", .object, in: "")
        try metadata?.requireStrings(in: "annotations")
        try metadata?.requireStrings(in: "labels")
        for field: StaticString in ["name", "generateName"] { _ = try metadata?.name(field, in: "metadata.") }
        _ = try spec.optional("volumes", .array, in: "spec.")
        // `serviceAccount` is the deprecated name of the field; the API server sets both.
        let names = [
            try spec.name("serviceAccountName", in: "spec."), try spec.name("serviceAccount", in: "spec."),
        ]
        serviceAccountName = names.lazy.compactMap { $0 }.first { !$0.isEmpty } ?? defaultServiceAccount
        containers = try ContainerView.all(in: spec, of: pointer)
    }

    /// Those of a pod that exists; `core/v1` EphemeralContainer.
    package func ephemeralContainers() throws(MalformedPod) -> [ContainerView] {
        try ContainerView.all("ephemeralContainers", in: spec, of: pointer)
    }

    /// The name of the pod, or what its name will start with.
    package var name: String { metadata?["name"]?.string ?? metadata?["generateName"]?.string ?? "" }

    /// Cut as `Annotations` are.
    package func annotation(_ key: String) -> String? {
        metadata?["annotations"]?.member(key)?.text?.string(cutTo: Annotations.maximumValue)
    }

    package func label(_ key: String) -> String? {
        metadata?["labels"]?.member(key)?.text?.string(cutTo: Annotations.maximumValue)
    }

    package var serviceAccount: NamespacedName? {
        serviceAccountName.map { NamespacedName(namespace: namespace, name: $0) }
    }
}

/// A borrowed view of a container.
package struct ContainerView {
    package let name: String
    /// Of the container's object, from the pod's root.
    package let pointer: JSONPointer
    package let value: JSONValue

    /// Nil if there is no list.
    package var environment: JSONValue? { value.list("env") }
    package var volumeMounts: JSONValue? { value.list("volumeMounts") }

    /// The entries of `env` that have a name, in their order.
    var variables: [Variable] {
        guard let environment else { return [] }
        return environment.elements.enumerated().compactMap { index, entry in
            entry["name"]?.text.map { Variable(name: $0, index: index, entry: entry) }
        }
    }

    struct Variable {
        let name: JSONText
        /// In `env`.
        let index: Int
        let entry: JSONValue

        var value: JSONText? { entry["value"]?.text }
    }

    /// Whether a variable of that name is in `env`, whatever its value.
    package func sets(_ variable: String) -> Bool {
        environment?.elements.contains { $0["name"]?.text.map { $0 == variable } ?? false } ?? false
    }

    static func all(in spec: JSONValue, of pod: JSONPointer) throws(MalformedPod) -> [ContainerView] {
        try all("initContainers", in: spec, of: pod) + all("containers", in: spec, of: pod)
    }

    /// Far more than a node runs. Each gets kilobytes of patch, so that a few bytes a container would become very many.
    private static let maximumCount = 1000

    static func all(
        _ field: StaticString,
        in spec: JSONValue,
        of pod: JSONPointer
    ) throws(MalformedPod) -> [ContainerView] {
        guard let list = try spec.optional(field, .array, in: "spec.") else { return [] }
        let root = JSONPointer(pod.description + "/spec/" + field.description)
        var containers: [ContainerView] = []
        for (index, value) in list.elements.enumerated() {
            guard index < maximumCount else {
                throw MalformedPod(field: "spec.\(field)", problem: "must have at most \(maximumCount) entries")
            }
            guard value.kind == .object else {
                throw MalformedPod(field: "spec.\(field)[\(index)]", problem: "must be an object")
            }
            _ = try value.optional("env", .array, in: "spec.\(field)[\(index)].")
            _ = try value.optional("volumeMounts", .array, in: "spec.\(field)[\(index)].")
            let name = try value.name("name", in: "spec.\(field)[\(index)].") ?? ""
            containers.append(ContainerView(name: name, pointer: root.appending(index: index), value: value))
        }
        return containers
    }
}

/// A pod whose JSON has another type in a place than Kubernetes has.
package struct MalformedPod: Error, Equatable, CustomStringConvertible {
    package let field: String
    package let problem: String

    package var description: String { "the pod's \(field) \(problem)" }
}

extension JSONValue {
    /// The member, unless it is absent or null, which mean the same in the Kubernetes API.
    ///
    /// - Parameter place: of this value in the pod, for the error alone.
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

    /// A name that is kept beyond the request.
    ///
    /// - Parameter place: as above.
    func name(_ key: StaticString, in place: @autoclosure () -> String) throws(MalformedPod) -> String? {
        guard let text = try optional(key, .string, in: place())?.text else { return nil }
        guard text.utf8.count <= NamespacedName.maximumBytes else {
            let problem = "must have at most \(NamespacedName.maximumBytes) bytes, not \(text.utf8.count)"
            throw MalformedPod(field: "\(place())\(key)", problem: problem)
        }
        return text.string
    }

    /// For the labels or the annotations of an object's metadata.
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
