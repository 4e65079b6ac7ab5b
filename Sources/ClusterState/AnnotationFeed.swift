package import CoreMetrics
internal import JSON
package import Kubernetes
package import KubernetesObjects
package import Logging
internal import PodIdentity
internal import ServiceLifecycle
package import ServiceSupport

/// Keeps an index up to date by listing and watching the objects of one kind.
package struct AnnotationFeed: Service, WatchHandler {
    private let resource: Resource
    private let check: Readiness.Check
    private let client: APIClient
    private let store: ConfigurationStore
    private let index: AnnotationIndex
    private let list: ConfigurationStore.List
    private let hasLookups: Bool
    private let readiness: Readiness
    private let metrics: WatchMetrics
    private let logger: Logger

    /// - Parameters:
    ///   - check: The readiness check that passes once the first list is complete.
    ///   - hasLookups: Whether objects are looked up if the index is not trusted with them. Otherwise, no provisional
    ///     list is used.
    ///   - store: Says what to keep of the objects, and is informed about lists.
    package init(
        _ resource: Resource,
        check: Readiness.Check,
        client: APIClient,
        store: ConfigurationStore,
        index: AnnotationIndex,
        hasLookups: Bool = false,
        readiness: Readiness,
        factory: any MetricsFactory = NOOPMetricsHandler.instance,
        logger: Logger
    ) {
        self.resource = resource
        self.check = check
        self.client = client
        self.store = store
        self.index = index
        self.hasLookups = hasLookups
        list = resource == .namespaces ? .namespaces : .serviceAccounts
        self.readiness = readiness
        metrics = WatchMetrics(resource, factory: factory)
        self.logger = logger
        readiness.fail(check, check.unread)
    }

    package func run() async throws {
        let repetition = ListRepetition(of: list, store)
        let watcher = Watcher(resource, client: client, handler: self, logger: logger, listAgain: repetition.next)
        try await cancelWhenGracefulShutdown { try await watcher.run() }
    }

    // MARK: WatchHandler

    package func beginReplacement() {
        store.begin(list)
        index.beginReplacement()
    }

    package func add(_ object: ObjectView) {
        if let entry = entry(object) { index.addToReplacement(CollectionOfOne(entry)) }
    }

    package func remove(_ object: ObjectView) {
        if let (name, entry) = entry(object) { index.remove(name, version: entry.version) }
    }

    package func skip(_ object: SkippedObject) {
        metrics.objectSkipped()
        guard let name = object.key else { return }
        index.remove(name, version: object.resourceVersion.flatMap { UInt64($0) } ?? .max)
    }

    package func endReplacement(resourceVersion: String) {
        index.endReplacement(version: UInt64(resourceVersion) ?? 0)
        listCompleted(isProvisional: false)
    }

    package var wantsProvisionalList: Bool { hasLookups && !index.isSynced }

    /// The webhook becomes ready, and looks up objects that may be out of date in the index.
    package func endProvisionalReplacement(resourceVersion: String) {
        index.endReplacement(version: UInt64(resourceVersion) ?? 0, isProvisional: true)
        listCompleted(isProvisional: true)
    }

    private func listCompleted(isProvisional: Bool) {
        store.complete(list)
        readiness.pass(check)
        logger.info(
            "the list is complete",
            metadata: [
                "resource": "\(resource.plural)", "count": .stringConvertible(index.count),
                "provisional": .stringConvertible(isProvisional),
            ]
        )
    }

    package func apply(_ change: WatchChange, _ object: ObjectView) {
        guard let (name, entry) = entry(object) else { return }
        switch change {
        case .added, .modified: index.set(name, entry)
        case .deleted: index.remove(name, version: entry.version)
        }
    }

    package func statusChanged(_ status: WatchStatus) {
        metrics.statusChanged(status)
        guard case .failing(let since, let reason) = status else {
            index.setWatchInterruption(since: nil)
            readiness.note(check, nil)
            return
        }
        index.setWatchInterruption(since: since)
        readiness.explain(check, reason)
        readiness.note(check, Readiness.Note(since: since, "the watch is interrupted: \(reason)"))
    }

    package func restarts(_ reason: WatchRestart) { metrics.restarted(reason) }

    private func entry(_ object: ObjectView) -> (NamespacedName, AnnotationIndex.Entry)? {
        object.metadata.key.map { ($0, AnnotationIndex.Entry(object.metadata, of: resource, keeping: store.keys)) }
    }
}

extension AnnotationIndex.Entry {
    /// Those of the object's annotations and labels that have one of these keys.
    init(_ metadata: ObjectMeta, of resource: Resource, keeping keys: MetadataKeys) {
        let version = metadata.resourceVersion.flatMap { UInt64($0.string) } ?? 0
        let annotations =
            resource == .namespaces
            ? Annotations(ofNamespace: metadata, keeping: keys) : Annotations(ofServiceAccount: metadata, keeping: keys)
        self.init(annotations, version: version)
    }
}
