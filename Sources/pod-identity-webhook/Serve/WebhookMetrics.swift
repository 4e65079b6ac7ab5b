internal import Admission
internal import ClusterState
internal import CoreMetrics
internal import Diagnosis
internal import Kubernetes
internal import NIOOpenSSL
internal import Operations
internal import Prometheus
internal import ServingCertificates

/// The metrics of all parts of the webhook.
enum WebhookMetrics {
    private static let serviceAccounts = MetricDefinition(
        "pod_identity_webhook_service_accounts",
        .gauge,
        labels: ["identity"],
        "Known ServiceAccounts, by whether their annotations give an identity (true or false)."
    )
    private static let droppedLogLines = MetricDefinition(
        "pod_identity_webhook_log_lines_dropped_total",
        .counter,
        "Log lines dropped because the reader of standard error was too slow or gone."
    )
    private static let buildInfo = MetricDefinition(
        "pod_identity_webhook_build_info",
        .gauge,
        labels: ["version", "commit"],
        "Always 1, with the version of the program, and the commit that it was built from, as labels."
    )

    /// All metrics, in the order in which they are exported.
    static let definitions =
        RequestMetrics.definitions + AdmissionMetrics.definitions + EventMetrics.definitions + [serviceAccounts]
        + LookupMetrics.definitions + ConfigMapMetrics.definitions + ProfileMonitor.definitions
        + APIMetrics.definitions + WatchMetrics.definitions + PodScan.definitions + CertificateMetrics.definitions
        + ServerMetrics.definitions
        + [droppedLogLines, buildInfo] + ProcessMetrics.definitions

    static func registry() -> PrometheusRegistry {
        let registry = PrometheusRegistry(definitions)
        let build = [("version", PodIdentityWebhook.version), ("commit", PodIdentityWebhook.commit)]
        buildInfo.gauge(build, in: registry).set(1)
        registry.onScrape(ProcessMetrics.update)
        return registry
    }

    /// Updates, at each scrape, the metrics whose values are kept elsewhere.
    ///
    /// - Parameter droppedLines: The number of log lines that have been dropped since the start.
    static func updateOnScrape(
        _ registry: PrometheusRegistry,
        _ index: AnnotationIndex,
        _ certificate: ServingCertificate,
        droppedLogLines droppedLines: @escaping @Sendable () -> Int
    ) {
        registry.onScrape { registry in
            let counts = index.counts
            registry.set(serviceAccounts.name, [("identity", "true")], to: Double(counts.withIdentity))
            registry.set(serviceAccounts.name, [("identity", "false")], to: Double(counts.total - counts.withIdentity))
            let expiration = Double(certificate.context?.leaf?.notAfter ?? 0)
            registry.set(CertificateMetrics.certificateExpiration.name, to: expiration)
            registry.set(droppedLogLines.name, to: Double(droppedLines()))
        }
    }
}
