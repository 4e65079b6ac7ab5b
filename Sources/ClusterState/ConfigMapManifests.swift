internal import JSON
package import Kubernetes
package import KubernetesObjects
internal import PodIdentity

/// ConfigMaps from files, in the place of an API server.
package enum ConfigMapManifests {
    /// The names of the ConfigMaps among manifests.
    package static func names(in manifests: [Manifest], defaultNamespace: String) -> [NamespacedName] {
        manifests.filter { $0.kind == "ConfigMap" }.compactMap { name(of: $0, defaultNamespace) }
    }

    /// The value of the key of a ConfigMap, of two with one name the last; nil if there is none.
    ///
    /// - Throws: `ClusterStateError.manifest` if it is no text.
    package static func text(
        of key: String,
        in manifests: [Manifest],
        named name: NamespacedName,
        defaultNamespace: String
    ) throws(ClusterStateError) -> [UInt8]? {
        let found = manifests.last { $0.kind == "ConfigMap" && self.name(of: $0, defaultNamespace) == name }
        guard let found, let value = found.tree[path: ["data", key]], !value.isNull else { return nil }
        guard let text = value.string else {
            throw .manifest("\(found.error("data.\(key) of the ConfigMap \(name) must be a string"))")
        }
        return Array(text.utf8)
    }

    private static func name(of manifest: Manifest, _ defaultNamespace: String) -> NamespacedName? {
        manifest.name.map { name in
            let namespace = manifest.namespace.flatMap { $0.isEmpty ? nil : $0 } ?? defaultNamespace
            return NamespacedName(namespace: namespace, name: name)
        }
    }
}
