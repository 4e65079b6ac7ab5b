internal import JSON
package import Kubernetes
package import Logging
internal import PodIdentity
internal import ServiceLifecycle

/// Keeps the index as the API server's list and watch of ServiceAccounts have it.
package struct ServiceAccountFeed: Service {
    private let watcher: Watcher

    package init(
        client: APIClient,
        annotationKeys: [String],
        index: ServiceAccountIndex,
        readiness: Readiness,
        metrics: WebhookMetrics = .none,
        logger: Logger
    ) {
        let handler = Handler(
            annotationKeys: annotationKeys,
            index: index,
            readiness: readiness,
            metrics: WatchMetrics(.serviceAccounts, metrics),
            logger: logger
        )
        watcher = Watcher(.serviceAccounts, client: client, handler: handler, logger: logger)
    }

    package func run() async throws {
        try await cancelWhenGracefulShutdown { try await watcher.run() }
    }

    private struct Handler: WatchHandler {
        let annotationKeys: [String]
        let index: ServiceAccountIndex
        let readiness: Readiness
        let metrics: WatchMetrics
        let logger: Logger

        func beginReplacement() { index.beginReplacement() }

        func add(_ page: ObjectPage) { index.addToReplacement(page.lazy.compactMap(entry)) }

        func endReplacement(resourceVersion: String) {
            index.endReplacement()
            readiness.pass(.serviceAccounts)
            logger.info("listed the ServiceAccounts", metadata: ["count": "\(index.count)"])
        }

        func apply(_ change: WatchChange, _ object: ObjectView) {
            guard let (name, annotations) = entry(object) else { return }
            switch change {
            case .added, .modified: index.set(name, annotations)
            case .deleted: index.remove(name)
            }
        }

        func statusChanged(_ status: WatchStatus) {
            metrics.statusChanged(status)
            guard case .failing(_, let reason) = status else { return }
            readiness.explain(.serviceAccounts, reason)
        }

        func restarts(_ reason: WatchRestart) { metrics.restarts(reason) }

        private func entry(_ object: ObjectView) -> (NamespacedName, Annotations)? {
            guard let key = object.metadata.key else { return nil }
            return (
                NamespacedName(namespace: key.namespace, name: key.name),
                object.metadata.annotations(annotationKeys)
            )
        }
    }
}

extension ObjectMeta {
    /// The annotations of these keys, as far as the object has them.
    func annotations(_ keys: [String]) -> Annotations {
        var annotations = Annotations()
        for key in keys { annotations[key] = annotation(key)?.string }
        return annotations
    }
}
