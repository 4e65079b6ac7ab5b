package import JSON

/// A borrowed view of a Kubernetes object. It must not outlive the call that passes it.
package struct ObjectView {
    package let value: JSONValue

    package init(_ value: JSONValue) { self.value = value }

    package var metadata: ObjectMeta { ObjectMeta(value["metadata"]) }

    /// The text of a key of a ConfigMap's `data`; nil if there is none.
    package func data(_ key: String) -> [UInt8]? { value["data"]?.member(key)?.text.map { Array($0.utf8) } }

    /// The values in a ConfigMap's `data` whose keys meet a condition.
    package func data(where isWanted: (String) -> Bool) -> [(key: String, text: [UInt8])] {
        guard let members = value["data"]?.members else { return [] }
        var found: [(key: String, text: [UInt8])] = []
        for (key, value) in members {
            let key = key.string(cutTo: 253)
            if isWanted(key), let text = value.text { found.append((key, Array(text.utf8))) }
        }
        return found
    }
}

/// A borrowed view of an object's `metadata` (meta/v1 `ObjectMeta`).
package struct ObjectMeta {
    /// The maximum number of bytes of a resource version; etcd's are 64-bit numbers.
    package static let longestVersion = 128

    private let value: JSONValue?

    package init(_ value: JSONValue?) { self.value = value }

    /// The namespace; nil for a cluster-scoped object.
    package var namespace: JSONText? { value?["namespace"]?.text }
    package var name: JSONText? { value?["name"]?.text }
    package var uid: JSONText? { value?["uid"]?.text }
    package var resourceVersion: JSONText? { value?["resourceVersion"]?.text }

    package var creation: Timestamp? { value?["creationTimestamp"]?.string.flatMap { Timestamp($0) } }

    /// Whether the object has been deleted, but something must happen before it is gone.
    package var isTerminating: Bool { value?["deletionTimestamp"] != nil }

    package var annotations: JSONValue? { value?["annotations"] }

    package func annotation(_ key: String) -> JSONText? { annotations?.member(key)?.text }

    package func label(_ key: String) -> JSONText? { value?["labels"]?.member(key)?.text }

    package var labels: [String: String] {
        var labels: [String: String] = [:]
        value?["labels"]?.members.forEach { labels[$0.key.string] = $0.value.string ?? "" }
        return labels
    }

    /// When a field manager that owns one of these annotations last took ownership of a field. The annotation may have
    /// been set before that, and its value may have changed since.
    package func lastChange(byManagersOf annotations: [String]) -> Timestamp? {
        let entries = value?["managedFields"]?.elements.filter { entry in
            let fields = entry["fieldsV1"]?["f:metadata"]?["f:annotations"]
            return annotations.contains { fields?.member("f:\($0)") != nil }
        }
        return entries?.compactMap { $0["time"]?.string.flatMap { Timestamp($0) } }.max()
    }

    /// The namespace and the name; nil for an object without a name.
    package var key: NamespacedName? {
        name.map { NamespacedName(namespace: namespace?.string ?? "", name: $0.string) }
    }
}
