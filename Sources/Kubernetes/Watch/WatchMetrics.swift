package import CoreMetrics
package import Prometheus

/// Counts what happens to the watch of one resource.
package struct WatchMetrics: Sendable {
    private static let synced = MetricDefinition(
        "pod_identity_webhook_watch_synced",
        .gauge,
        labels: ["resource"],
        "Whether the list of a resource is complete and its changes arrive: 1 or 0."
    )
    private static let restarts = MetricDefinition(
        "pod_identity_webhook_watch_restarts_total",
        .counter,
        labels: ["resource", "reason"],
        "Lists and watches of a resource that ended and were made again. The server ends each watch in order "
            + "(ended) every few minutes."
    )
    private static let skippedObjects = MetricDefinition(
        "pod_identity_webhook_skipped_objects_total",
        .counter,
        labels: ["resource"],
        "Objects that were too large to be read, each time that the API server sent them."
    )
    package static let definitions = [synced, restarts, skippedObjects]

    private let synced: Meter
    private let skippedObjects: Counter
    private let restarts: [WatchRestart: Counter]

    package init(_ resource: Resource, factory: any MetricsFactory) {
        let labels = [("resource", resource.plural)]
        synced = Self.synced.gauge(labels, in: factory)
        skippedObjects = Self.skippedObjects(of: resource, in: factory)
        restarts = Self.restarts.counters(labels, by: WatchRestart.self, in: factory)
    }

    /// Counts objects of a resource that are too large to be read, for those who list them without a watch.
    package static func skippedObjects(of resource: Resource, in factory: any MetricsFactory) -> Counter {
        skippedObjects.counter([("resource", resource.plural)], in: factory)
    }

    package func statusChanged(_ status: WatchStatus) { synced.set(status == .watching ? 1 : 0) }

    package func objectSkipped() { skippedObjects.increment() }

    package func restarted(_ reason: WatchRestart) { restarts[reason]?.increment() }
}
