internal import JSON
package import Kubernetes
package import KubernetesObjects
package import PodIdentity

/// Finds ConfigMaps in manifests.
package enum ConfigMapManifests {
    /// The names of the ConfigMaps among manifests.
    package static func names(in manifests: [Manifest], defaultNamespace: String) -> [NamespacedName] {
        manifests.filter { $0.kind == "ConfigMap" }.compactMap { name(of: $0, defaultNamespace) }
    }

    /// The value of a key in a ConfigMap's `data`; nil if there is none. If several ConfigMaps have this name, the last
    /// one counts.
    ///
    /// - Throws: `ClusterStateError.manifest` if the value is not a string.
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

    /// The values in a ConfigMap's `data` whose keys meet a condition, by key; nil if there is no such ConfigMap.
    package static func texts(
        in manifests: [Manifest],
        named name: NamespacedName,
        defaultNamespace: String,
        where isWanted: (String) -> Bool
    ) -> [(key: String, text: [UInt8])]? {
        let found = manifests.last { $0.kind == "ConfigMap" && self.name(of: $0, defaultNamespace) == name }
        return found.map { manifest in
            (manifest.tree["data"]?.members ?? []).filter { isWanted($0.key.value) }.compactMap { member in
                member.value.string.map { (member.key.value, Array($0.utf8)) }
            }.sorted { $0.0 < $1.0 }
        }
    }

    /// The texts of a configuration in a ConfigMap; nil if there are none.
    package static func texts(
        of source: ProviderConfigurationSource,
        in manifests: [Manifest],
        defaultNamespace: String
    ) throws(ClusterStateError) -> [ConfigurationText]? {
        switch source.place {
        case .configMap(let name, let key):
            try text(of: key, in: manifests, named: name, defaultNamespace: defaultNamespace).map {
                [ConfigurationText($0)]
            }
        case .wholeConfigMap(let name):
            texts(
                in: manifests,
                named: name,
                defaultNamespace: defaultNamespace,
                where: ConfigurationText.isYAML
            )?.map { ConfigurationText(name: $0.key, $0.text) }
        case .file, .files: nil
        }
    }

    private static func name(of manifest: Manifest, _ defaultNamespace: String) -> NamespacedName? {
        manifest.name.map { manifest.namespacedName($0, defaultNamespace: defaultNamespace) }
    }
}

extension Manifest {
    /// - Parameter defaultNamespace: The namespace if the manifest names none.
    func namespacedName(_ name: String, defaultNamespace: String) -> NamespacedName {
        NamespacedName(namespace: namespace.flatMap { $0.isEmpty ? nil : $0 } ?? defaultNamespace, name: name)
    }
}
