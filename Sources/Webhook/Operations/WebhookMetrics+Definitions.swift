package import Prometheus

extension WebhookMetrics {
    /// The metrics that a server of the webhook has, in the order in which they are shown.
    package static let definitions = compatible + admission + sources + scans + server + ProcessMetrics.definitions

    /// In seconds. A review is answered in well under a millisecond unless its ServiceAccount has to be looked up; the API
    /// server waits 30 seconds at most.
    private static let durationBuckets = [
        0.00025, 0.0005, 0.00075, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30,
    ]

    /// The names and labels of the Amazon EKS webhook.
    private static let compatible = [
        MetricDefinition(
            "http_request_count",
            .counter,
            labels: ["verb", "path", "code"],
            "Requests by method, path and status code of the answer; \"other\" for methods and paths that are unknown."
        ),
        MetricDefinition(
            "pod_identity_webhook_pod_count",
            .counter,
            labels: ["method"],
            "Pods that got an identity, by how it reaches them; dry runs included."
        ),
        MetricDefinition(
            "pod_identity_webhook_missing_sa_count",
            .counter,
            "Pods that got no identity because their ServiceAccount was not found, or could not be looked up in time."
        ),
        MetricDefinition(
            "pod_identity_webhook_used",
            .gauge,
            "Whether a pod has got an identity since the process started: 1 or 0."
        ),
    ]

    private static let admission = [
        MetricDefinition(
            "pod_identity_webhook_admission_requests_total",
            .counter,
            labels: ["outcome", "reason", "dry_run"],
            "Requests to /mutate: mutated, unchanged, denied (in strict mode) or refused, and why. Refused ones count as no dry run."
        ),
        MetricDefinition(
            "pod_identity_webhook_admission_duration_seconds",
            .histogram(buckets: durationBuckets),
            "Time from the end of an admission review's body to its answer, the lookup of a ServiceAccount included."
        ),
    ]

    private static let sources = [
        MetricDefinition(
            "pod_identity_webhook_service_accounts",
            .gauge,
            labels: ["identity"],
            "ServiceAccounts known, by whether their annotations give an identity."
        ),
        MetricDefinition(
            "pod_identity_webhook_service_account_lookups_total",
            .counter,
            labels: ["result"],
            "Lookups of single ServiceAccounts that the watch had not brought: found, not_found, or unavailable for an "
                + "error or lack of time."
        ),
        MetricDefinition(
            "pod_identity_webhook_namespace_lookups_total",
            .counter,
            labels: ["result"],
            "Lookups of single Namespaces, as above; with --namespace-roles alone."
        ),
        MetricDefinition(
            "pod_identity_webhook_watch_synced",
            .gauge,
            labels: ["resource"],
            "Whether the list of a resource is complete and its changes arrive: 1 or 0."
        ),
        MetricDefinition(
            "pod_identity_webhook_watch_restarts_total",
            .counter,
            labels: ["resource", "reason"],
            "Lists and watches of a resource that ended and were made again. The server ends each watch in order "
                + "(ended) every few minutes."
        ),
        MetricDefinition(
            "pod_identity_webhook_skipped_objects_total",
            .counter,
            labels: ["resource"],
            "Objects that were too large to be read, each time that the API server sent them."
        ),
    ]

    /// Set by `--scan-interval`.
    private static let scans = [
        MetricDefinition(
            "pod_identity_webhook_pods_without_identity",
            .gauge,
            "Pods that should have an identity and have none in a container, as the last scan that was completed saw it."
        ),
        MetricDefinition(
            "pod_identity_webhook_scans_total",
            .counter,
            labels: ["result"],
            "Scans for pods without their identity: completed, or failed for an error of the API server."
        ),
    ]

    private static let server = [
        MetricDefinition(
            "pod_identity_webhook_certificate_expiration_timestamp_seconds",
            .gauge,
            "When the serving certificate expires, in seconds since the Unix epoch; 0 while there is none."
        ),
        MetricDefinition(
            "pod_identity_webhook_ca_certificate_expiration_timestamp_seconds",
            .gauge,
            "When the webhook's own CA expires, in seconds since the Unix epoch; 0 while there is none."
        ),
        MetricDefinition(
            "pod_identity_webhook_certificate_operations_total",
            .counter,
            labels: ["operation", "result"],
            "What was done in the API server about the webhook's own certificates: read, create_secret, update_secret or "
                + "update_bundle; and how it ended: succeeded, conflict where somebody else was faster, or failed."
        ),
        MetricDefinition(
            "pod_identity_webhook_tls_handshakes_total",
            .counter,
            labels: ["result"],
            "TLS handshakes by how they ended: completed, failed, timed_out, or closed by the client."
        ),
        MetricDefinition(
            "pod_identity_webhook_open_connections",
            .gauge,
            "Connections that are open on the HTTPS port."
        ),
        MetricDefinition(
            "pod_identity_webhook_buffered_bytes",
            .gauge,
            "Memory for bodies and answers longer than 64 KiB, of all connections together."
        ),
        MetricDefinition(
            "pod_identity_webhook_limits_reached_total",
            .counter,
            labels: ["limit"],
            "Connections closed and requests refused on the HTTPS port, by the limit that they reached."
        ),
        MetricDefinition(
            "pod_identity_webhook_log_lines_dropped_total",
            .counter,
            "Log lines that were not written because whoever reads standard error was too slow, or gone."
        ),
        MetricDefinition(
            "pod_identity_webhook_build_info",
            .gauge,
            labels: ["version"],
            "1, with the version of the program."
        ),
    ]
}
