internal import CoreMetrics
internal import Kubernetes

/// What is done about the webhook's own certificates.
struct CertificateMetrics: Sendable {
    enum Operation: String, CaseIterable {
        /// Of the registration and the Secret.
        case read
        case createSecret = "create_secret"
        case updateSecret = "update_secret"
        case updateBundle = "update_bundle"
    }

    enum Result: String, CaseIterable {
        case succeeded
        /// Another replica, or somebody else, was faster.
        case conflict
        case failed
    }

    private let operations: [Operation: [Result: Counter]]
    private let authorityExpiration: Meter

    init(_ metrics: WebhookMetrics) {
        let label = WebhookMetrics.prefix + "certificate_operations_total"
        operations = Dictionary(
            uniqueKeysWithValues: Operation.allCases.map { operation in
                let counters = Result.allCases.map { result in
                    let labels = [("operation", operation.rawValue), ("result", result.rawValue)]
                    return (result, Counter(label: label, dimensions: labels, factory: metrics.factory))
                }
                return (operation, Dictionary(uniqueKeysWithValues: counters))
            }
        )
        authorityExpiration = Meter(
            label: WebhookMetrics.prefix + "ca_certificate_expiration_timestamp_seconds",
            factory: metrics.factory
        )
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
