package import CoreMetrics
package import Prometheus

/// Counts what happens to the watch of one resource.
package struct WatchMetrics: Sendable {
    private static let synced = MetricDefinition(
        "pod_identity_webhook_watch_synced",
        .gauge,
        labels: ["resource"],
        "Whether a watched resource is in sync: 1 if its list is complete and its changes arrive, otherwise 0."
    )
    private static let syncAge = MetricDefinition(
        "pod_identity_webhook_watch_sync_age_seconds",
        .gauge,
        labels: ["resource"],
        "Seconds since a watched resource was last completely in sync: 0 while its changes arrive. Missing until the first "
            + "list is complete."
    )
    private static let restarts = MetricDefinition(
        "pod_identity_webhook_watch_restarts_total",
        .counter,
        labels: ["resource", "reason"],
        "Lists and watches that were started again, by resource and reason. The API server ends every watch after a few "
            + "minutes (ended), which is normal."
    )
    private static let skippedObjects = MetricDefinition(
        "pod_identity_webhook_skipped_objects_total",
        .counter,
        labels: ["resource"],
        "Objects skipped because they are too large, by resource, counted each time that the API server sends them."
    )
    package static let definitions = [synced, syncAge, restarts, skippedObjects]

    private let synced: Meter
    private let syncAge: AgeCell?
    private let skippedObjects: Counter
    private let restarts: [WatchRestart: Counter]

    package init(_ resource: Resource, factory: any MetricsFactory) {
        let labels = [("resource", resource.plural)]
        synced = Self.synced.gauge(labels, in: factory)
        // The interface of other factories has no ages.
        syncAge = (factory as? PrometheusRegistry)?.ageCell(Self.syncAge, labels)
        skippedObjects = Self.skippedObjects(of: resource, in: factory)
        restarts = Self.restarts.counters(labels, by: WatchRestart.self, in: factory)
    }

    /// Counts objects of a resource that are too large to be read, for code that lists them without a watch.
    package static func skippedObjects(of resource: Resource, in factory: any MetricsFactory) -> Counter {
        skippedObjects.counter([("resource", resource.plural)], in: factory)
    }

    package func statusChanged(_ status: WatchStatus) {
        synced.set(status == .watching ? 1 : 0)
        switch status {
        case .watching: syncAge?.setUpToDate()
        case .failing(let since, _): syncAge?.setOutOfDate(since: since)
        case .listing: break
        }
    }

    package func objectSkipped() { skippedObjects.increment() }

    package func restarted(_ reason: WatchRestart) { restarts[reason]?.increment() }
}
