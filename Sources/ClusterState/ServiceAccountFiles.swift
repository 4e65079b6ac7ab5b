internal import JSON
package import Kubernetes
package import KubernetesObjects
package import Logging
package import PodIdentity
internal import ServiceLifecycle
package import ServiceSupport

/// ServiceAccounts, Namespaces where they count, and ConfigMaps with configurations of providers, from files instead of an
/// API server: manifests in YAML or JSON, several documents, lists.
package struct ServiceAccountFiles: Service {
    private let files: WatchedFiles
    private let before: [FileFingerprint?]
    private let annotationKeys: [String]
    private let configurations: [ProviderConfigurationSource]
    private let serviceAccounts: AnnotationIndex
    private let namespaces: AnnotationIndex?
    private let store: ConfigurationStore
    private let readiness: Readiness
    private let logger: Logger

    package init(
        paths: [String],
        annotationKeys: [String],
        configurations: [ProviderConfigurationSource],
        serviceAccounts: AnnotationIndex,
        namespaces: AnnotationIndex?,
        store: ConfigurationStore,
        readiness: Readiness,
        logger: Logger
    ) {
        files = WatchedFiles(paths: paths)
        before = files.fingerprints
        self.annotationKeys = annotationKeys
        self.configurations = configurations
        self.serviceAccounts = serviceAccounts
        self.namespaces = namespaces
        self.store = store
        self.readiness = readiness
        readiness.fail(.serviceAccounts, Readiness.Check.serviceAccounts.unread)
        if namespaces != nil { readiness.fail(.namespaces, Readiness.Check.namespaces.unread) }
        for source in configurations { readiness.fail(unread: source) }
        self.logger = logger
    }

    /// Reads the files once, so that the first bad one keeps the webhook from starting.
    ///
    /// - Throws: `ClusterStateError`.
    package func load() throws(ClusterStateError) {
        var accounts: [NamespacedName: Annotations] = [:]
        var manifests: [Manifest] = []
        for path in files.paths {
            let some = try Self.manifests(ofFile: path)
            manifests += some
            let found = try Self.serviceAccounts(in: some, defaultNamespace: "default", keeping: annotationKeys)
            if found.isEmpty { logger.warning("the file holds no ServiceAccount", metadata: ["file": "\(path)"]) }
            accounts.merge(found) { _, last in last }
        }
        try loadConfigurations(manifests)
        let namespaces = namespaces == nil ? [:] : try Self.namespaces(in: manifests, keeping: annotationKeys)
        serviceAccounts.replace(with: accounts)
        self.namespaces?.replace(with: namespaces)
        for check in [Readiness.Check.serviceAccounts, .namespaces] { readiness.pass(check) }
        for source in configurations { readiness.pass(.configMap, part: "\(source.place)") }
        logger.info("read the ServiceAccounts", metadata: ["count": "\(accounts.count)"])
    }

    private func loadConfigurations(_ manifests: [Manifest]) throws(ClusterStateError) {
        for source in configurations {
            guard case .configMap(let name, let key) = source.place else { continue }
            let text = try ConfigMapManifests.text(of: key, in: manifests, named: name, defaultNamespace: "default")
            store.update(source, text, logger: logger)
        }
    }

    package func run() async throws {
        await files.watch(since: before) {
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

    /// The ServiceAccounts among manifests, of two with one name the last; everything else is passed over.
    package static func serviceAccounts(
        in manifests: [Manifest],
        defaultNamespace: String,
        keeping keys: [String]
    ) throws(ClusterStateError) -> [NamespacedName: Annotations] {
        var accounts: [NamespacedName: Annotations] = [:]
        for manifest in manifests where manifest.kind == "ServiceAccount" {
            guard let name = manifest.name, !name.isEmpty else {
                throw .manifest("\(manifest.error("the ServiceAccount has no metadata.name"))")
            }
            let namespace = manifest.namespace.flatMap { $0.isEmpty ? nil : $0 } ?? defaultNamespace
            accounts[NamespacedName(namespace: namespace, name: name)] = try annotations(of: manifest, keeping: keys)
        }
        return accounts
    }
    /// By their names, which are also in an empty namespace.
    package static func namespaces(
        in manifests: [Manifest],
        keeping keys: [String]
    ) throws(ClusterStateError) -> [NamespacedName: Annotations] {
        var namespaces: [NamespacedName: Annotations] = [:]
        for manifest in manifests where manifest.kind == "Namespace" {
            guard let name = manifest.name, !name.isEmpty else {
                throw .manifest("\(manifest.error("the Namespace has no metadata.name"))")
            }
            namespaces[NamespacedName(namespace: "", name: name)] = try annotations(of: manifest, keeping: keys)
        }
        return namespaces
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
