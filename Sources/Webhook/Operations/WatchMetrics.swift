internal import CoreMetrics
internal import Kubernetes
internal import PodIdentity

/// Whether the watch of one resource goes on.
struct WatchMetrics: Sendable {
    private let synced: Meter
    private let skipped: Counter
    private let restarts: [WatchRestart: Counter]

    init(_ resource: Resource, _ metrics: WebhookMetrics) {
        let resource = ("resource", resource.plural)
        let prefix = WebhookMetrics.prefix
        synced = Meter(label: prefix + "watch_synced", dimensions: [resource], factory: metrics.factory)
        skipped = Counter(label: prefix + "skipped_objects_total", dimensions: [resource], factory: metrics.factory)
        restarts = Dictionary(
            uniqueKeysWithValues: WatchRestart.allCases.map { reason in
                let labels = [resource, ("reason", reason.rawValue)]
                let label = prefix + "watch_restarts_total"
                return (reason, Counter(label: label, dimensions: labels, factory: metrics.factory))
            }
        )
    }

    func statusChanged(_ status: WatchStatus) { synced.set(status == .watching ? 1 : 0) }

    /// An object was too large to be read.
    func skips() { skipped.increment() }

    func restarts(_ reason: WatchRestart) { restarts[reason]?.increment() }
}

/// How the lookups of one resource ended.
struct LookupMetrics: Sendable {
    enum Result: String, CaseIterable {
        case found
        case notFound = "not_found"
        case unavailable
    }

    private let results: [Result: Counter]

    init(_ resource: Resource, _ metrics: WebhookMetrics) {
        let name = resource == .namespaces ? "namespace_lookups_total" : "service_account_lookups_total"
        results = Dictionary(
            uniqueKeysWithValues: Result.allCases.map { result in
                let labels = [("result", result.rawValue)]
                let label = WebhookMetrics.prefix + name
                return (result, Counter(label: label, dimensions: labels, factory: metrics.factory))
            }
        )
    }

    func lookedUp(_ object: Sources.Object) {
        let result: Result =
            switch object {
            case .known: .found
            case .absent: .notFound
            case .unknown, .unavailable: .unavailable
            }
        results[result]?.increment()
    }
}
