internal import AWSIdentity
internal import ClusterState
internal import PodIdentity
internal import Prometheus

/// Metrics of the ConfigMap that assigns AWS roles to ServiceAccounts.
enum ConfigMapMetrics {
    private static let entries = MetricDefinition(
        "pod_identity_webhook_config_map_entries",
        .gauge,
        labels: ["state"],
        "Entries of the ConfigMap in use, by state: valid, or invalid (skipped, or with a malformed role)."
    )
    private static let isRefused = MetricDefinition(
        "pod_identity_webhook_config_map_refused",
        .gauge,
        "Whether the newest content of the ConfigMap was refused as a whole, so that the last valid one stays in use: 1 or 0."
    )
    static let definitions = [entries, isRefused]

    /// Updates the metrics at each scrape, if a provider reads the ConfigMap.
    static func updateOnScrape(
        _ registry: PrometheusRegistry,
        _ providers: ProviderChain,
        _ store: ConfigurationStore
    ) {
        let places = providers.configurations.map(\.place).filter { place in
            if case .configMap = place { true } else { false }
        }
        guard let place = places.first else { return }
        registry.onScrape { registry in
            let value: ConfigMapEntries? = store.current.value(at: place)
            registry.set(entries.name, [("state", "valid")], to: Double(value?.counts.valid ?? 0))
            registry.set(entries.name, [("state", "invalid")], to: Double(value?.counts.invalid ?? 0))
            registry.set(isRefused.name, to: store.status(of: place).refusal == nil ? 0 : 1)
        }
    }
}
