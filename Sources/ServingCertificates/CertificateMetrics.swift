internal import CoreMetrics
internal import Kubernetes
package import Prometheus

/// Metrics of the certificates that the webhook manages itself.
package struct CertificateMetrics: Sendable {
    enum Operation: String, CaseIterable {
        /// Reads the MutatingWebhookConfiguration and the Secret.
        case read
        case createSecret = "create_secret"
        case updateSecret = "update_secret"
        case updateBundle = "update_bundle"
    }

    enum Result: String, CaseIterable {
        case succeeded
        /// Another replica, or someone else, has changed the object in the meantime.
        case conflict
        case failed
    }

    private static let operations = MetricDefinition(
        "pod_identity_webhook_certificate_operations_total",
        .counter,
        labels: ["operation", "result"],
        "Operations on the Secret and the webhook configuration that hold the webhook's certificates, by operation (read, "
            + "create_secret, update_secret, update_bundle) and result (succeeded, conflict with another writer, failed)."
    )
    private static let authorityExpiration = MetricDefinition(
        "pod_identity_webhook_ca_certificate_expiration_timestamp_seconds",
        .gauge,
        "When the webhook's own CA certificate expires, in seconds since the Unix epoch; 0 if there is none."
    )
    /// This is set at each scrape by the target that serves the metrics, because certificates from files count too.
    package static let certificateExpiration = MetricDefinition(
        "pod_identity_webhook_certificate_expiration_timestamp_seconds",
        .gauge,
        "When the serving certificate expires, in seconds since the Unix epoch; 0 if there is none."
    )
    package static let definitions = [certificateExpiration, authorityExpiration, operations]

    private let operations: [Operation: [Result: Counter]]
    private let authorityExpiration: Meter

    init(factory: any MetricsFactory) {
        operations = Dictionary(
            uniqueKeysWithValues: Operation.allCases.map {
                ($0, Self.operations.counters([("operation", $0.rawValue)], by: Result.self, in: factory))
            }
        )
        authorityExpiration = Self.authorityExpiration.gauge(in: factory)
    }

    func count<Value>(_ operation: Operation, _ body: () async throws -> Value) async throws -> Value {
        do {
            let value = try await body()
            operations[operation]?[.succeeded]?.increment()
            return value
        } catch {
            let isConflict = (error as? KubernetesError)?.isConflict ?? false
            operations[operation]?[isConflict ? .conflict : .failed]?.increment()
            throw error
        }
    }

    /// - Parameter time: Seconds since 1970-01-01T00:00:00Z; nil while there is no CA.
    func setAuthorityExpiration(_ time: Int64?) { authorityExpiration.set(time ?? 0) }
}
