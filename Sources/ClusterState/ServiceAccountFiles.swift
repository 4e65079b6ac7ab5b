internal import JSON
package import Kubernetes
package import KubernetesObjects
package import Logging
package import PodIdentity
internal import ServiceLifecycle
package import ServiceSupport

/// Reads ServiceAccounts, Namespaces and providers' ConfigMaps from files instead of an API server. The files contain
/// manifests in YAML or JSON, including lists and multiple documents.
package struct ServiceAccountFiles: Service {
    private let files: WatchedFiles
    private let initialFingerprints: [FileFingerprint?]
    private let configurations: [ProviderConfigurationSource]
    private let indexes: ClusterIndexes
    private let readiness: Readiness
    private let logger: Logger

    package init(
        paths: [String],
        configurations: [ProviderConfigurationSource],
        indexes: ClusterIndexes,
        readiness: Readiness,
        logger: Logger
    ) {
        files = WatchedFiles(paths: paths)
        initialFingerprints = files.fingerprints
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
    /// - Throws: An error for the first file that cannot be used; in this case, ServiceAccounts and Namespaces do not
    ///   change.
    package func load() throws(ClusterStateError) {
        var manifests: [(file: String, manifests: [Manifest])] = []
        for path in files.paths { manifests.append((path, try Self.manifests(ofFile: path))) }
        let all = manifests.flatMap(\.manifests)
        try loadConfigurations(all)
        indexes.configurations.begin(.files)
        let keys = indexes.configurations.keys
        var accounts: [NamespacedName: Annotations] = [:]
        for (path, manifests) in manifests {
            let found = try Self.serviceAccounts(in: manifests, defaultNamespace: "default", keeping: keys)
            if found.isEmpty { logger.warning("the file contains no ServiceAccount", metadata: ["file": "\(path)"]) }
            accounts.merge(found) { _, last in last }
        }
        let namespaces = indexes.namespaces == nil ? [:] : try Self.namespaces(in: all, keeping: keys)
        indexes.serviceAccounts.replace(with: accounts)
        indexes.namespaces?.replace(with: namespaces)
        indexes.configurations.complete(.files)
        for check in [Readiness.Check.serviceAccounts, .namespaces] { readiness.pass(check) }
        for source in configurations { readiness.pass(.configMap, part: "\(source.place)") }
        logger.info("the ServiceAccounts were read", metadata: ["count": .stringConvertible(accounts.count)])
    }

    private func loadConfigurations(_ manifests: [Manifest]) throws(ClusterStateError) {
        for source in configurations {
            guard source.place.configMap != nil else { continue }
            let texts = try ConfigMapManifests.texts(of: source, in: manifests, defaultNamespace: "default")
            indexes.configurations.update(source, texts: texts, logger: logger)
        }
    }

    package func run() async throws {
        await files.watch(since: initialFingerprints) {
            // New providers may read more keys than were kept of the objects.
            if indexes.configurations.revisionToRead(.files) != nil { _ = reload() }
        } changed: {
            reload()
        }
    }

    /// - Returns: False if the files cannot be used.
    private func reload() -> Bool {
        do throws(ClusterStateError) {
            try load()
            return true
        } catch {
            logger.warning(
                "the ServiceAccounts could not be reloaded; the previous ones stay in use",
                metadata: ["error": "\(error)"]
            )
            return false
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
        keeping keys: MetadataKeys
    ) throws(ClusterStateError) -> [NamespacedName: Annotations] {
        try objects("ServiceAccount", in: manifests, keeping: keys) { manifest, name in
            manifest.namespacedName(name, defaultNamespace: defaultNamespace)
        }
    }

    /// The Namespaces among manifests; their own namespace is empty. If several have the same name, the last one counts.
    package static func namespaces(
        in manifests: [Manifest],
        keeping keys: MetadataKeys
    ) throws(ClusterStateError) -> [NamespacedName: Annotations] {
        try objects("Namespace", in: manifests, keeping: keys) { NamespacedName(namespace: "", name: $1) }
    }

    private static func objects(
        _ kind: String,
        in manifests: [Manifest],
        keeping keys: MetadataKeys,
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
        keeping keys: MetadataKeys
    ) throws(ClusterStateError) -> Annotations {
        var annotations = Annotations(keysRevision: keys.revision)
        for (key, text) in try texts(keys.annotations, of: manifest, "annotation") { annotations[key] = text }
        guard manifest.kind == "Namespace" else { return annotations }
        for (key, text) in try texts(keys.namespaceLabels, of: manifest, "label") { annotations[label: key] = text }
        return annotations
    }

    /// - Parameter what: `annotation` or `label`.
    private static func texts(
        _ keys: [String],
        of manifest: Manifest,
        _ what: String
    ) throws(ClusterStateError) -> [(key: String, text: String)] {
        let entries = manifest.tree[path: ["metadata", "\(what)s"]] ?? .null
        guard entries.isNull || entries.members != nil else {
            let kind = manifest.kind ?? "object"
            throw .manifest("\(manifest.error("the \(kind)'s metadata.\(what)s must be an object"))")
        }
        var found: [(key: String, text: String)] = []
        for key in keys {
            guard let value = entries[key], !value.isNull else { continue }
            guard let text = value.string else {
                throw .manifest("\(manifest.error("the \(what) \(key) must be a string"))")
            }
            found.append((key, text))
        }
        return found
    }
}
