internal import KubernetesObjects
package import Logging
internal import PodIdentity
internal import ServiceSupport
internal import Synchronization

/// Logs reviews. Clients decide how many problems there are, so a problem that repeats is logged now and then, with a count,
/// and all problems together are limited. All event loops share it.
package final class AdmissionLog: Sendable {
    private enum Problem: Hashable, Sendable {
        case warnings(NamespacedName?, Reason)
        case refusal(AdmissionMetrics.Refusal)
    }

    /// The time between two lines about the same problem of the same ServiceAccount.
    private static let interval = Duration.seconds(10)
    /// How many problems are remembered, to recognise those that repeat.
    private static let capacity = 1000
    /// The number of lines about problems in a second, in the long run and in a burst.
    private static let rate = (lines: 20.0, burst: 100)

    private struct State {
        var limiter = LogLimiter<Problem>(interval: interval, capacity: capacity)
        var rateLimit = RateLimit(rate: rate.lines, burst: rate.burst)
        /// The number of lines that the rate limit has suppressed since the last line.
        var omitted = 0
    }

    private let state = Mutex(State())
    private let logger: Logger

    package init(logger: Logger) { self.logger = logger }

    func logResponse(_ response: AdmissionResponse) {
        logger.debug("answered", metadata: Self.metadata(response))
        guard !response.result.warnings.isEmpty else { return }
        warn("warned whoever wrote an object", .warnings(response.serviceAccount, response.result.reason)) {
            [
                "namespace": "\(response.namespace)",
                "pod": "\(response.podName)",
                "service_account": "\(response.serviceAccount?.name ?? "")",
                "reason": "\(response.result.reason)",
                "warnings": .array(response.result.warnings.lines.map { "\($0)" }),
            ]
        }
    }

    func logRefusal(_ error: AdmissionError) {
        warn("refused a request", .refusal(.init(error))) { ["error": "\(error)"] }
    }

    private func warn(_ message: Logger.Message, _ problem: Problem, _ metadata: () -> Logger.Metadata) {
        let omitted: Int? = state.withLock { state in
            guard let repeated = state.limiter.occurred(problem, at: .now) else { return nil }
            guard state.rateLimit.take(at: .now) else {
                state.omitted += 1
                return nil
            }
            defer { state.omitted = 0 }
            return repeated + state.omitted
        }
        guard let omitted else { return }
        var metadata = metadata()
        // This counts suppressed lines about the same problem and about others.
        if omitted > 0 { metadata["omitted"] = "\(omitted)" }
        logger.warning(message, metadata: metadata)
    }

    private static func metadata(_ response: AdmissionResponse) -> Logger.Metadata {
        [
            "uid": "\(response.uid)",
            "namespace": "\(response.namespace)",
            "pod": "\(response.podName)",
            "service_account": "\(response.serviceAccount?.name ?? "")",
            "outcome": "\(response.outcome.rawValue)",
            "reason": "\(response.result.reason)",
            "method": "\(response.result.parts.compactMap(\.method).joined(separator: ","))",
            "role": "\(response.result.identity ?? "")",
            "dry_run": "\(response.isDryRun)",
        ]
    }
}
