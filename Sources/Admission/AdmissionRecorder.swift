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

    private var requests: CounterFamily<RequestLabels>
    private var refusals: CounterFamily<AdmissionMetrics.Refusal>
    private var parts: CounterFamily<PartLabels>
    private var pods: CounterFamily<String>
    private let missing: CounterCell
    private let used: Meter
    private var isUsed = false
    private let duration: HistogramCell

    init(_ registry: PrometheusRegistry) {
        requests = CounterFamily(AdmissionMetrics.requests, in: registry)
        refusals = CounterFamily(AdmissionMetrics.requests, in: registry)
        parts = CounterFamily(AdmissionMetrics.parts, in: registry)
        pods = CounterFamily(AdmissionMetrics.pods, in: registry)
        missing = registry.counterCell(AdmissionMetrics.missing)
        used = AdmissionMetrics.used.gauge(in: registry)
        duration = registry.histogramCell(AdmissionMetrics.duration)
    }

    func recordResponse(_ response: AdmissionResponse) {
        let (reason, outcome, isDryRun) = (response.reason, response.outcome, response.isDryRun)
        recordRequest(reason, outcome, isDryRun)
        // An element is not copied as a whole, which would count references to each of its texts.
        let parts = response.result.parts
        for index in parts.indices { recordPart(parts[index].cloud, parts[index].reason, isDryRun) }
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

    func recordDuration(_ time: TimeAmount) { duration.recordNanoseconds(time.nanoseconds) }

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
