package import CoreMetrics
internal import JSON
package import Kubernetes
internal import KubernetesObjects
package import Logging
package import PodIdentity
internal import ServiceLifecycle
package import ServiceSupport
internal import Synchronization

/// Keeps what a document says as a ConfigMap in the API server has it. Deleting the ConfigMap leaves nothing; a text that
/// cannot be used leaves the old content.
package struct ConfigMapFeed: Service {
    private let watcher: Watcher

    /// Nil for a document that is in no ConfigMap.
    package init?(
        _ document: Document,
        client: APIClient,
        store: DocumentStore,
        readiness: Readiness,
        factory: any MetricsFactory = NOOPMetricsHandler.instance,
        logger: Logger
    ) {
        guard case .configMap(let name, let key) = document.place else { return nil }
        readiness.fail(unread: document)
        let resource = Resource.configMap(namespace: name.namespace, name: name.name)
        let handler = Handler(
            document: document,
            key: key,
            store: store,
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
        let document: Document
        let key: String
        let store: DocumentStore
        let readiness: Readiness
        let metrics: WatchMetrics
        let logger: Logger
        /// What the list that is being read has.
        private let listed = Mutex(Listed())

        private struct Listed {
            var text: [UInt8]?
            /// Whether the ConfigMap is there, but too large to be read.
            var isTooLarge = false
        }

        init(
            document: Document,
            key: String,
            store: DocumentStore,
            readiness: Readiness,
            metrics: WatchMetrics,
            logger: Logger
        ) {
            self.document = document
            self.key = key
            self.store = store
            self.readiness = readiness
            self.metrics = metrics
            self.logger = logger
        }

        func beginReplacement() { listed.withLock { $0 = Listed() } }

        func add(_ object: ObjectView) {
            let text = text(of: object)
            listed.withLock { $0 = Listed(text: text) }
        }

        func remove(_ object: ObjectView) { listed.withLock { $0 = Listed() } }

        func endReplacement(resourceVersion: String) {
            let listed = listed.withLock { $0 }
            guard !listed.isTooLarge else { return }
            update(listed.text)
        }

        func skip(_ object: SkippedObject) {
            metrics.objectSkipped()
            listed.withLock { $0.isTooLarge = true }
            readiness.explain(.configMap, part: "\(document.place)", "it is too large to be read")
        }

        func apply(_ change: WatchChange, _ object: ObjectView) {
            update(change == .deleted ? nil : text(of: object))
        }

        private func update(_ text: [UInt8]?) {
            store.update(document, text, logger: logger)
            readiness.pass(.configMap, part: "\(document.place)")
        }

        func statusChanged(_ status: WatchStatus) {
            metrics.statusChanged(status)
            guard case .failing(_, let reason) = status else { return }
            readiness.explain(.configMap, part: "\(document.place)", reason)
        }

        func restarts(_ reason: WatchRestart) { metrics.restarted(reason) }

        private func text(of object: ObjectView) -> [UInt8]? {
            object.value["data"]?.member(key)?.text.map { Array($0.utf8) }
        }
    }
}
