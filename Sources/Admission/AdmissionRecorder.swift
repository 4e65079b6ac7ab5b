internal import CoreMetrics
internal import NIOCore
internal import PodIdentity
internal import Prometheus

/// Counts the reviews of one event loop.
final class AdmissionRecorder {
    /// The labels of a request that was not refused.
    private struct RequestLabels {
        let reason: Reason
        let outcome: AdmissionResponse.Outcome
        let isDryRun: Bool
    }

    /// The labels of a provider's decision.
    private struct PartLabels {
        let cloud: String
        let reason: Reason
        let isDryRun: Bool
    }

    /// What a warning is about.
    private enum WarningKind: String {
        /// Annotations, flags and entries of the ConfigMap that concern a pod.
        case settings
        /// The contents of containers: mounts, variables and credentials.
        case containers
        /// The annotations of a ServiceAccount that is being written.
        case serviceAccount = "service_account"
    }

    /// The labels of a warning.
    private struct WarningLabels {
        let kind: WarningKind
        let reason: Reason
    }

    private var requests: CounterFamily<RequestLabels>
    private var refusals: CounterFamily<AdmissionMetrics.Refusal>
    private var parts: CounterFamily<PartLabels>
    private var pods: CounterFamily<String>
    private var warnings: CounterFamily<WarningLabels>
    private let missing: CounterCell
    private let used: Meter
    private var isUsed = false
    private let duration: HistogramCell
    /// The number of reviews that this event loop is answering.
    private let inFlight: GaugeCell

    init(_ registry: PrometheusRegistry) {
        requests = CounterFamily(AdmissionMetrics.requests, in: registry)
        refusals = CounterFamily(AdmissionMetrics.requests, in: registry)
        parts = CounterFamily(AdmissionMetrics.parts, in: registry)
        pods = CounterFamily(AdmissionMetrics.pods, in: registry)
        warnings = CounterFamily(AdmissionMetrics.warnings, in: registry)
        missing = registry.counterCell(AdmissionMetrics.missing)
        used = AdmissionMetrics.used.gauge(in: registry)
        duration = registry.histogramCell(AdmissionMetrics.duration)
        inFlight = registry.gaugeCell(AdmissionMetrics.inFlight)
    }

    func recordResponse(_ response: AdmissionResponse) {
        let (reason, outcome, isDryRun) = (response.reason, response.outcome, response.isDryRun)
        recordRequest(reason, outcome, isDryRun)
        // Copying whole elements would count references to each of their texts.
        let parts = response.result.parts
        for index in parts.indices { recordPart(parts[index].cloud, parts[index].reason, isDryRun) }
        if !response.result.warnings.isEmpty { recordWarnings(response.result, reason) }
        switch (outcome, reason) {
        case (.mutated, .alreadyInjected): break
        case (.mutated, _):
            setUsed()
            for index in parts.indices {
                if case .alreadyInjected = parts[index].reason { continue }
                if let method = parts[index].method { recordPod(method) }
            }
        case (_, .serviceAccountNotFound), (_, .serviceAccountUnavailable): missing.increment()
        default: break
        }
    }

    func recordRefusal(_ refusal: AdmissionMetrics.Refusal) {
        if refusals.increment(where: { $0 == refusal }) { return }
        refusals.incrementNew(refusal, [AdmissionResponse.Outcome.refused.rawValue, refusal.rawValue, "false"])
    }

    /// Records that a complete review has been received, which will be answered.
    func recordStart() { inFlight.increment() }

    /// Records that a review has been answered.
    func recordEnd(after time: TimeAmount) {
        inFlight.decrement()
        duration.recordNanoseconds(time.nanoseconds)
    }

    private func recordRequest(_ reason: Reason, _ outcome: AdmissionResponse.Outcome, _ isDryRun: Bool) {
        let isKnown = requests.increment {
            $0.reason == reason && $0.outcome == outcome && $0.isDryRun == isDryRun
        }
        if isKnown { return }
        requests.incrementNew(
            RequestLabels(reason: reason, outcome: outcome, isDryRun: isDryRun),
            [outcome.rawValue, reason.rawValue, "\(isDryRun)"]
        )
    }

    private func recordPart(_ cloud: String, _ reason: Reason, _ isDryRun: Bool) {
        if parts.increment(where: { $0.reason == reason && $0.isDryRun == isDryRun && $0.cloud == cloud }) { return }
        parts.incrementNew(
            PartLabels(cloud: cloud, reason: reason, isDryRun: isDryRun),
            [cloud, reason.rawValue, "\(isDryRun)"]
        )
    }

    private func recordWarnings(_ result: MutationResult, _ reason: Reason) {
        let all = result.warnings.count
        if case .serviceAccountChecked = reason { return recordWarnings(all, .serviceAccount, reason) }
        // If a pod is denied, its containers have not been examined.
        let settings = result.denial == nil ? min(all, result.parts.reduce(0) { $0 + $1.warnings.count }) : all
        recordWarnings(settings, .settings, reason)
        recordWarnings(all - settings, .containers, reason)
    }

    private func recordWarnings(_ count: Int, _ kind: WarningKind, _ reason: Reason) {
        guard count > 0 else { return }
        if warnings.increment(by: count, where: { $0.kind == kind && $0.reason == reason }) { return }
        warnings.incrementNew(WarningLabels(kind: kind, reason: reason), [kind.rawValue, reason.rawValue], by: count)
    }

    private func recordPod(_ method: String) {
        if pods.increment(where: { $0 == method }) { return }
        pods.incrementNew(method, [method])
    }

    private func setUsed() {
        guard !isUsed else { return }
        isUsed = true
        used.set(1)
    }
}
