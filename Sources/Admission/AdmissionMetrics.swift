internal import NIOHTTP1
internal import PodIdentity
package import Prometheus

/// The metrics of reviews. Each event loop counts them with its own recorder.
package final class AdmissionMetrics: Sendable {
    /// Why a request to `/mutate` was refused.
    enum Refusal: String, CaseIterable {
        case malformedReview = "malformed_review"
        case malformedJSON = "malformed_json"
        case malformedPod = "malformed_pod"
        case noClientCertificate = "no_client_certificate"
        case methodNotAllowed = "method_not_allowed"
        case unsupportedMediaType = "unsupported_media_type"
        case bodyTooLarge = "body_too_large"

        init(_ error: AdmissionError) {
            switch error {
            case .malformedReview: self = .malformedReview
            case .malformedJSON: self = .malformedJSON
            case .malformedPod: self = .malformedPod
            }
        }

        /// Nil for any status except those with which a request is refused because of its head or its length.
        init?(_ status: HTTPResponseStatus) {
            switch status {
            case .forbidden: self = .noClientCertificate
            case .methodNotAllowed: self = .methodNotAllowed
            case .unsupportedMediaType: self = .unsupportedMediaType
            case .payloadTooLarge: self = .bodyTooLarge
            default: return nil
            }
        }
    }

    /// The buckets in seconds. A review is answered in well under a millisecond unless its ServiceAccount must be
    /// looked up; the API server waits at most 30 seconds.
    private static let durationBuckets = [
        0.00025, 0.0005, 0.00075, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30,
    ]

    static let pods = MetricDefinition(
        "pod_identity_webhook_pods_total",
        .counter,
        labels: ["method"],
        "Pods that got an identity, by the method that provides its credentials, including dry runs."
    )
    static let missing = MetricDefinition(
        "pod_identity_webhook_missing_service_accounts_total",
        .counter,
        "Pods that got no identity because their ServiceAccount was not found or could not be looked up in time."
    )
    /// The Amazon EKS webhook has this metric too, as well as those that are aliases.
    static let used = MetricDefinition(
        "pod_identity_webhook_used",
        .gauge,
        "Whether any pod got an identity since the process started: 1 or 0."
    )
    static let requests = MetricDefinition(
        "pod_identity_webhook_admission_requests_total",
        .counter,
        labels: ["outcome", "reason", "dry_run"],
        "Requests to /mutate by outcome (mutated, unchanged, denied, or refused as invalid), reason and dry run. Refused "
            + "requests never count as dry runs."
    )
    static let parts = MetricDefinition(
        "pod_identity_webhook_identities_total",
        .counter,
        labels: ["provider", "reason", "dry_run"],
        "Decisions about pods by provider, reason and dry run: one decision for each provider and request to /mutate."
    )
    static let duration = MetricDefinition(
        "pod_identity_webhook_admission_duration_seconds",
        .histogram(buckets: durationBuckets),
        "Time from receiving an admission review to responding, including lookups."
    )
    static let inFlight = MetricDefinition(
        "pod_identity_webhook_reviews_in_flight",
        .gauge,
        "Admission reviews that have been received and not been responded to yet."
    )
    static let warnings = MetricDefinition(
        "pod_identity_webhook_warnings_total",
        .counter,
        labels: ["kind", "reason"],
        "Warnings about what users wrote, by kind (settings of an identity, containers of a pod, or a service_account when it "
            + "is written) and the reason of the response. Each review counts again."
    )
    package static let definitions = [
        pods, pods.alias("pod_identity_webhook_pod_count", labels: ["method"]),
        missing, missing.alias("pod_identity_webhook_missing_sa_count", labels: []),
        used, requests, parts, warnings, duration, inFlight,
    ]

    private let registry: PrometheusRegistry

    /// Most of the series are exported from the start. All others, such as those of pods that a provider denies for a
    /// reason of its own, appear with the first request that they count.
    package init(factory registry: PrometheusRegistry) {
        func declare(_ outcome: AdmissionResponse.Outcome, _ reason: String, isDryRun: Bool) {
            let values = [outcome.rawValue, reason, "\(isDryRun)"]
            _ = Self.requests.counter(Array(zip(Self.requests.labels, values)), in: registry)
        }
        self.registry = registry
        _ = Self.missing.counter(in: registry)
        _ = Self.used.gauge(in: registry)
        _ = Self.duration.timer(in: registry)
        for reason in Reason.allCases {
            for isDryRun in [false, true] {
                for outcome in reason.outcomes { declare(outcome, reason.rawValue, isDryRun: isDryRun) }
            }
        }
        for refusal in Refusal.allCases { declare(.refused, refusal.rawValue, isDryRun: false) }
    }

    /// Metrics that are not exported anywhere.
    package static let none = AdmissionMetrics(factory: PrometheusRegistry())

    /// A recorder for one event loop.
    func recorder() -> AdmissionRecorder { AdmissionRecorder(registry) }
}

extension Reason {
    /// The outcomes that a request can have for this reason.
    fileprivate var outcomes: [AdmissionResponse.Outcome] {
        if isUnavailable { return [.unchanged, .mutated, .denied] }
        if self == .invalidSetting { return [.denied, .unchanged, .mutated] }
        return switch severity {
        case .none: self == .serviceAccountNotFound ? [.unchanged, .denied] : [.unchanged]
        case .given: self == .injected ? [.mutated] : [.unchanged, .mutated]
        case .differs, .lost: [.mutated, .unchanged]
        }
    }
}
