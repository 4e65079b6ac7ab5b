internal import CoreMetrics
internal import Kubernetes

/// Whether the watch of one resource goes on.
struct WatchMetrics: Sendable {
    private let synced: Meter
    private let restarts: [WatchRestart: Counter]

    init(_ resource: Resource, _ metrics: WebhookMetrics) {
        let resource = ("resource", resource.plural)
        let prefix = WebhookMetrics.prefix
        synced = Meter(label: prefix + "watch_synced", dimensions: [resource], factory: metrics.factory)
        restarts = Dictionary(
            uniqueKeysWithValues: WatchRestart.allCases.map { reason in
                let labels = [resource, ("reason", reason.rawValue)]
                let label = prefix + "watch_restarts_total"
                return (reason, Counter(label: label, dimensions: labels, factory: metrics.factory))
            }
        )
    }

    func statusChanged(_ status: WatchStatus) { synced.set(status == .watching ? 1 : 0) }

    func restarts(_ reason: WatchRestart) { restarts[reason]?.increment() }
}
