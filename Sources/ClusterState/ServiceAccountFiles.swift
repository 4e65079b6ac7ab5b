internal import JSON
package import Kubernetes
package import KubernetesObjects
package import Logging
package import PodIdentity
internal import ServiceLifecycle
package import ServiceSupport

/// Takes ServiceAccounts, Namespaces and the ConfigMaps of providers from files instead of an API server. The files hold
/// manifests in YAML or JSON, including lists and multiple documents.
package struct ServiceAccountFiles: Service {
    private let files: WatchedFiles
    private let initialFingerprints: [FileFingerprint?]
    private let annotationKeys: [String]
    private let configurations: [ProviderConfigurationSource]
    private let indexes: ClusterIndexes
    private let readiness: Readiness
    private let logger: Logger

    package init(
        paths: [String],
        annotationKeys: [String],
        configurations: [ProviderConfigurationSource],
        indexes: ClusterIndexes,
        readiness: Readiness,
        logger: Logger
    ) {
        files = WatchedFiles(paths: paths)
        initialFingerprints = files.fingerprints
        self.annotationKeys = annotationKeys
        self.configurations = configurations
        self.indexes = indexes
        self.readiness = readiness
        readiness.fail(.serviceAccounts, Readiness.Check.serviceAccounts.unread)
        if indexes.namespaces != nil { readiness.fail(.namespaces, Readiness.Check.namespaces.unread) }
        for source in configurations { readiness.fail(unread: source) }
        self.logger = logger
    }

    /// Reads the files once.
    ///
    /// - Throws: an error for the first file that cannot be used; then ServiceAccounts and Namespaces stay as they were.
    package func load() throws(ClusterStateError) {
        var accounts: [NamespacedName: Annotations] = [:]
        var manifests: [Manifest] = []
        for path in files.paths {
            let fileManifests = try Self.manifests(ofFile: path)
            manifests += fileManifests
            let found = try Self.serviceAccounts(
                in: fileManifests,
                defaultNamespace: "default",
                keeping: annotationKeys
            )
            if found.isEmpty { logger.warning("the file holds no ServiceAccount", metadata: ["file": "\(path)"]) }
            accounts.merge(found) { _, last in last }
        }
        try loadConfigurations(manifests)
        let namespaces = indexes.namespaces == nil ? [:] : try Self.namespaces(in: manifests, keeping: annotationKeys)
        indexes.serviceAccounts.replace(with: accounts)
        indexes.namespaces?.replace(with: namespaces)
        for check in [Readiness.Check.serviceAccounts, .namespaces] { readiness.pass(check) }
        for source in configurations { readiness.pass(.configMap, part: "\(source.place)") }
        logger.info("read the ServiceAccounts", metadata: ["count": "\(accounts.count)"])
    }

    private func loadConfigurations(_ manifests: [Manifest]) throws(ClusterStateError) {
        for source in configurations {
            guard case .configMap(let name, let key) = source.place else { continue }
            let text = try ConfigMapManifests.text(of: key, in: manifests, named: name, defaultNamespace: "default")
            indexes.configurations.update(source, text, logger: logger)
        }
    }

    package func run() async throws {
        await files.watch(since: initialFingerprints) {
            do throws(ClusterStateError) {
                try load()
                return true
            } catch {
                logger.error("the ServiceAccounts stay as they were", metadata: ["error": "\(error)"])
                return false
            }
        }
    }

    private static func manifests(ofFile path: String) throws(ClusterStateError) -> [Manifest] {
        let bytes: [UInt8]
        do { bytes = try FileReader.read(path) } catch { throw .file(error) }
        return try manifests(in: bytes, file: path)
    }

    package static func manifests(in bytes: [UInt8], file: String) throws(ClusterStateError) -> [Manifest] {
        do {
            return try Manifests.parse(bytes, file: file, flatteningLists: true)
        } catch {
            throw .manifest("\(error)")
        }
    }

    /// The ServiceAccounts among manifests. If several have the same name, the last one counts.
    package static func serviceAccounts(
        in manifests: [Manifest],
        defaultNamespace: String,
        keeping keys: [String]
    ) throws(ClusterStateError) -> [NamespacedName: Annotations] {
        try objects("ServiceAccount", in: manifests, keeping: keys) { manifest, name in
            manifest.namespacedName(name, defaultNamespace: defaultNamespace)
        }
    }

    /// The Namespaces among manifests; their own namespace is empty. If several have the same name, the last one counts.
    package static func namespaces(
        in manifests: [Manifest],
        keeping keys: [String]
    ) throws(ClusterStateError) -> [NamespacedName: Annotations] {
        try objects("Namespace", in: manifests, keeping: keys) { NamespacedName(namespace: "", name: $1) }
    }

    private static func objects(
        _ kind: String,
        in manifests: [Manifest],
        keeping keys: [String],
        named key: (Manifest, String) -> NamespacedName
    ) throws(ClusterStateError) -> [NamespacedName: Annotations] {
        var objects: [NamespacedName: Annotations] = [:]
        for manifest in manifests where manifest.kind == kind {
            guard let name = manifest.name, !name.isEmpty else {
                throw .manifest("\(manifest.error("the \(kind) has no metadata.name"))")
            }
            objects[key(manifest, name)] = try annotations(of: manifest, keeping: keys)
        }
        return objects
    }

    private static func annotations(
        of manifest: Manifest,
        keeping keys: [String]
    ) throws(ClusterStateError) -> Annotations {
        var annotations = Annotations()
        let entries = manifest.tree[path: ["metadata", "annotations"]] ?? .null
        guard entries.isNull || entries.members != nil else {
            let kind = manifest.kind ?? "object"
            throw .manifest("\(manifest.error("the \(kind)'s metadata.annotations must be an object"))")
        }
        for key in keys {
            guard let value = entries[key], !value.isNull else { continue }
            guard let text = value.string else {
                throw .manifest("\(manifest.error("the annotation \(key) must be a string"))")
            }
            annotations[key] = text
        }
        return annotations
    }
}
