package import CoreMetrics
internal import JSON
package import Kubernetes
internal import KubernetesObjects
package import Logging
internal import PodIdentity
internal import ServiceLifecycle
package import ServiceSupport
internal import Synchronization

/// Keeps an index as the API server's list and watch of the objects have it.
package struct AnnotationFeed: Service {
    private let watcher: Watcher

    /// - Parameter check: passes once the first list is complete.
    package init(
        _ resource: Resource,
        check: Readiness.Check,
        client: APIClient,
        annotationKeys: [String],
        index: AnnotationIndex,
        readiness: Readiness,
        factory: any MetricsFactory = NOOPMetricsHandler.instance,
        logger: Logger
    ) {
        readiness.fail(check, check.unread)
        let handler = Handler(
            resource: resource,
            check: check,
            annotationKeys: annotationKeys,
            index: index,
            readiness: readiness,
            metrics: WatchMetrics(resource, factory: factory),
            logger: logger
        )
        watcher = Watcher(resource, client: client, handler: handler, logger: logger)
    }

    package func run() async throws {
        try await cancelWhenGracefulShutdown { try await watcher.run() }
    }

    private final class Handler: WatchHandler {
        let resource: Resource
        let check: Readiness.Check
        let annotationKeys: [String]
        let index: AnnotationIndex
        let readiness: Readiness
        let metrics: WatchMetrics
        let logger: Logger
        /// What is no more, of the list that is being read: the version of its deletion by its name. Nil while none is.
        private let removed = Mutex<[NamespacedName: UInt64]?>(nil)

        init(
            resource: Resource,
            check: Readiness.Check,
            annotationKeys: [String],
            index: AnnotationIndex,
            readiness: Readiness,
            metrics: WatchMetrics,
            logger: Logger
        ) {
            self.resource = resource
            self.check = check
            self.annotationKeys = annotationKeys
            self.index = index
            self.readiness = readiness
            self.metrics = metrics
            self.logger = logger
        }

        func beginReplacement() {
            removed.withLock { $0 = [:] }
            index.beginReplacement()
        }

        func add(_ object: ObjectView) {
            guard let entry = entry(object) else { return }
            index.addToReplacement(CollectionOfOne(entry))
        }

        func remove(_ object: ObjectView) {
            guard let (name, entry) = entry(object) else { return }
            removed.withLock { $0?[name] = entry.version }
        }

        func skip(_ object: SkippedObject) {
            metrics.objectSkipped()
            guard let name = object.key else { return }
            let version = object.resourceVersion.flatMap { UInt64($0) } ?? .max
            removed.withLock { $0?[name] = version }
            index.remove(name, version: version)
        }

        func endReplacement(resourceVersion: String) {
            index.endReplacement(version: UInt64(resourceVersion) ?? 0)
            let removed = removed.withLock { removed in
                defer { removed = nil }
                return removed
            }
            for (name, version) in removed ?? [:] { index.remove(name, version: version) }
            readiness.pass(check)
            logger.info(
                "the list is complete",
                metadata: ["resource": "\(resource.plural)", "count": "\(index.count)"]
            )
        }

        func apply(_ change: WatchChange, _ object: ObjectView) {
            guard let (name, entry) = entry(object) else { return }
            switch change {
            case .added, .modified: index.set(name, entry)
            case .deleted: index.remove(name, version: entry.version)
            }
        }

        func statusChanged(_ status: WatchStatus) {
            metrics.statusChanged(status)
            guard case .failing(let since, let reason) = status else {
                index.watchIsInterrupted(since: nil)
                readiness.note(check, nil)
                return
            }
            index.watchIsInterrupted(since: since)
            readiness.explain(check, reason)
            readiness.note(check, Readiness.Note(since: since, "the watch is interrupted: \(reason)"))
        }

        func restarts(_ reason: WatchRestart) { metrics.restarted(reason) }

        private func entry(_ object: ObjectView) -> (NamespacedName, AnnotationIndex.Entry)? {
            guard let name = object.metadata.key else { return nil }
            return (name, AnnotationIndex.Entry(object.metadata, keeping: annotationKeys))
        }
    }
}

extension AnnotationIndex.Entry {
    /// The annotations of these keys, as far as the object has them.
    init(_ metadata: ObjectMeta, keeping keys: [String]) {
        let version = metadata.resourceVersion.flatMap { UInt64($0.string) } ?? 0
        self.init(Annotations(of: metadata, keeping: keys), version: version)
    }
}
