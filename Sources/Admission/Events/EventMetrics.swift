package import Prometheus

/// Counts the Events that are never written.
package enum EventMetrics {
    private static let dropped = MetricDefinition(
        "pod_identity_webhook_events_dropped_total",
        .counter,
        labels: ["reason"],
        "Kubernetes Events that were dropped, by reason: capacity (too many at once), failed (the API server refused them "
            + "repeatedly), or account_not_found (the ServiceAccount does not exist)."
    )
    package static let definitions = [dropped]

    static func set(_ counts: [EventAggregator.Drop: Int], in registry: PrometheusRegistry) {
        for reason in EventAggregator.Drop.allCases {
            registry.set(dropped.name, [("reason", reason.rawValue)], to: Double(counts[reason] ?? 0))
        }
    }
}
