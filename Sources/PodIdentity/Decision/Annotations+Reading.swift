internal import JSON
package import KubernetesObjects

extension Annotations {
    /// Those of the object's annotations that have one of these keys.
    package init(of metadata: ObjectMeta, keeping keys: [String]) {
        self.init()
        for key in keys { self[key] = metadata.annotation(key)?.string }
    }

    /// Those of the ServiceAccount's annotations that have one of these keys.
    package init(ofServiceAccount metadata: ObjectMeta, keeping keys: MetadataKeys) {
        self.init(keysRevision: keys.revision)
        for key in keys.annotations { self[key] = metadata.annotation(key)?.string }
    }

    /// Those of the Namespace's annotations and labels that have one of these keys.
    package init(ofNamespace metadata: ObjectMeta, keeping keys: MetadataKeys) {
        self.init(ofServiceAccount: metadata, keeping: keys)
        guard !keys.namespaceLabels.isEmpty else { return }
        let labels = metadata.labels
        for key in keys.namespaceLabels { self[label: key] = labels[key] }
    }

    /// The maximum number of annotations that are read by prefix. A provider has far fewer keys: any others are
    /// misspelt, and each gets a warning as long as there is room for warnings.
    private static let maximumCount = 64

    /// The annotations whose keys start with one of the prefixes. Values that are not strings are left out; the API server
    /// refuses them.
    package init(of metadata: ObjectMeta, beginningWith prefixes: [String]) {
        self.init()
        guard let annotations = metadata.annotations else { return }
        var count = 0
        for (key, value) in annotations.members {
            guard let value = value.text, prefixes.contains(where: { key.utf8.starts(with: $0.utf8) }) else { continue }
            count += 1
            guard count <= Self.maximumCount else { return }
            self[key.string(cutTo: Self.maximumKey)] = value.string(cutTo: Self.maximumValue)
        }
    }
}
