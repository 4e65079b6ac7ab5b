package import CoreMetrics
internal import NIOCore
internal import NIOHTTP1
internal import PodIdentity
package import Prometheus

/// Counts reviews.
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

        /// Nil for any status but those with which a request is refused for its head or its length.
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

    /// The buckets in seconds. A review is answered in well under a millisecond unless its ServiceAccount has to be looked up;
    /// the API server waits 30 seconds at most.
    private static let durationBuckets = [
        0.00025, 0.0005, 0.00075, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30,
    ]

    // The first three metrics have the names and labels of those of the Amazon EKS webhook.
    private static let pods = MetricDefinition(
        "pod_identity_webhook_pod_count",
        .counter,
        labels: ["method"],
        "Pods that got an identity, by how it reaches them; dry runs included."
    )
    private static let missing = MetricDefinition(
        "pod_identity_webhook_missing_sa_count",
        .counter,
        "Pods that got no identity because their ServiceAccount was not found, or could not be looked up in time."
    )
    private static let used = MetricDefinition(
        "pod_identity_webhook_used",
        .gauge,
        "Whether a pod has got an identity since the process started: 1 or 0."
    )
    private static let requests = MetricDefinition(
        "pod_identity_webhook_admission_requests_total",
        .counter,
        labels: ["outcome", "reason", "dry_run"],
        "Requests to /mutate: mutated, unchanged, denied (by a provider, or in strict mode) or refused, and why. Refused ones count as no dry run."
    )
    private static let parts = MetricDefinition(
        "pod_identity_webhook_identities_total",
        .counter,
        labels: ["provider", "reason", "dry_run"],
        "Decisions of each provider about pods, and why: a request to /mutate has one of each."
    )
    private static let duration = MetricDefinition(
        "pod_identity_webhook_admission_duration_seconds",
        .histogram(buckets: durationBuckets),
        "Time from the end of an admission review's body to its answer, the lookup of a ServiceAccount included."
    )
    package static let definitions = [pods, missing, used, requests, parts, duration]

    /// The labels of a request that was not refused.
    private struct ResponseLabels: Hashable {
        let reason: Reason
        let outcome: AdmissionResponse.Outcome
        let isDryRun: Bool
    }

    /// The labels of a provider's decision.
    private struct PartLabels: Hashable {
        let cloud: String
        let reason: Reason
        let isDryRun: Bool
    }

    private let pods: CounterFamily<String>
    private let parts: CounterFamily<PartLabels>
    private let missing: Counter
    private let used: Meter
    /// Those that are exported from the beginning.
    private let responses: [ResponseLabels: Counter]
    /// All others, such as pods that a provider denies for a reason of its own.
    private let rareResponses: CounterFamily<ResponseLabels>
    private let refusals: [Refusal: Counter]
    private let duration: CoreMetrics.Timer

    package init(factory: any MetricsFactory) {
        func request(_ outcome: AdmissionResponse.Outcome, _ reason: String, isDryRun: Bool) -> Counter {
            let labels = [("outcome", outcome.rawValue), ("reason", reason), ("dry_run", "\(isDryRun)")]
            return Self.requests.counter(labels, in: factory)
        }
        pods = CounterFamily(Self.pods, in: factory)
        parts = CounterFamily(Self.parts, in: factory)
        missing = Self.missing.counter(in: factory)
        used = Self.used.gauge(in: factory)
        var responses: [ResponseLabels: Counter] = [:]
        for reason in Reason.allCases {
            for isDryRun in [false, true] {
                for outcome in reason.outcomes {
                    let labels = ResponseLabels(reason: reason, outcome: outcome, isDryRun: isDryRun)
                    responses[labels] = request(outcome, reason.rawValue, isDryRun: isDryRun)
                }
            }
        }
        self.responses = responses
        rareResponses = CounterFamily(Self.requests, in: factory)
        refusals = Dictionary(
            uniqueKeysWithValues: Refusal.allCases.map { ($0, request(.refused, $0.rawValue, isDryRun: false)) }
        )
        duration = Self.duration.timer(in: factory)
    }

    /// Metrics that are not recorded anywhere.
    package static let none = AdmissionMetrics(factory: NOOPMetricsHandler.instance)

    func recordResponse(_ response: AdmissionResponse) {
        let (reason, outcome) = (response.reason, response.outcome)
        let labels = ResponseLabels(reason: reason, outcome: outcome, isDryRun: response.isDryRun)
        if let counter = responses[labels] {
            counter.increment()
        } else {
            rareResponses.increment(labels) { [$0.outcome.rawValue, $0.reason.rawValue, "\($0.isDryRun)"] }
        }
        for part in response.result.parts {
            let labels = PartLabels(cloud: part.cloud, reason: part.reason, isDryRun: response.isDryRun)
            parts.increment(labels) { [$0.cloud, $0.reason.rawValue, "\($0.isDryRun)"] }
        }
        if outcome == .mutated, reason != .alreadyInjected {
            used.set(1)
            for part in response.result.parts where part.reason != .alreadyInjected {
                if let method = part.method { pods.increment(method) { [$0] } }
            }
        } else if response.isForMissingServiceAccount {
            missing.increment()
        }
    }

    func recordRefusal(_ refusal: Refusal) { refusals[refusal]?.increment() }

    func recordDuration(_ time: TimeAmount) { duration.recordNanoseconds(time.nanoseconds) }
}

extension AdmissionResponse {
    fileprivate var isForMissingServiceAccount: Bool {
        [.serviceAccountNotFound, .serviceAccountUnavailable].contains(reason)
    }
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
