internal import CoreMetrics
internal import Kubernetes
internal import PodIdentity
package import Prometheus

/// Counts the lookups of one resource by result.
package struct LookupMetrics: Sendable {
    enum Result: String, CaseIterable {
        case found
        case notFound = "not_found"
        case unavailable
    }

    private static let serviceAccounts = MetricDefinition(
        "pod_identity_webhook_service_account_lookups_total",
        .counter,
        labels: ["result"],
        "Lookups of ServiceAccounts that the watch had not reported yet, by result: found, not_found, or unavailable (an "
            + "error or a timeout)."
    )
    private static let namespaces = MetricDefinition(
        "pod_identity_webhook_namespace_lookups_total",
        .counter,
        labels: ["result"],
        "Lookups of Namespaces that the watch had not reported yet, by result: found, not_found, or unavailable (an error "
            + "or a timeout). Only with --namespace-roles or profiles."
    )
    package static let definitions = [serviceAccounts, namespaces]

    private let results: [Result: Counter]

    init(_ resource: Resource, factory: any MetricsFactory) {
        let definition = resource == .namespaces ? Self.namespaces : Self.serviceAccounts
        results = definition.counters(by: Result.self, in: factory)
    }

    func record(_ object: DecisionInputs.Object) {
        let result: Result =
            switch object {
            case .known: .found
            case .absent: .notFound
            case .unknown, .unavailable: .unavailable
            }
        results[result]?.increment()
    }
}
