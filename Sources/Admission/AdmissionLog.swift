internal import KubernetesObjects
package import Logging
internal import PodIdentity
internal import ServiceSupport
internal import Synchronization

/// What the log says of reviews. Whoever may create pods, or reaches the port, decides what there is to say and how often;
/// so like problems are logged now and then, with a count, and all of them together are limited. Shared by all event loops.
package final class AdmissionLog: Sendable {
    private enum Problem: Hashable, Sendable {
        case outcome(NamespacedName?, Reason)
        case refusal(AdmissionMetrics.Refusal)
    }

    /// Between two lines about the same problem of the same ServiceAccount.
    private static let interval = Duration.seconds(10)
    /// Problems that are told apart.
    private static let remembered = 1000
    /// Lines about problems in a second, in the long run, and at once.
    private static let rate = (lines: 20.0, burst: 100)

    private struct State {
        var limiter = LogLimiter<Problem>(interval: interval, capacity: remembered)
        var rateLimit = RateLimit(rate: rate.lines, burst: rate.burst)
        /// Lines that the rate left out since the last one.
        var omitted = 0
    }

    private let state = Mutex(State())
    private let logger: Logger

    package init(logger: Logger) { self.logger = logger }

    func answered(_ answer: AdmissionResponse) {
        logger.debug("answered", metadata: Self.metadata(answer))
        guard !answer.outcome.warnings.isEmpty else { return }
        warn("warned whoever wrote an object", .outcome(answer.serviceAccount, answer.outcome.reason)) {
            [
                "namespace": "\(answer.namespace)",
                "pod": "\(answer.podName)",
                "service_account": "\(answer.serviceAccount?.name ?? "")",
                "reason": "\(answer.outcome.reason)",
                "warnings": .array(answer.outcome.warnings.lines.map { "\($0)" }),
            ]
        }
    }

    func refused(_ error: AdmissionError) {
        warn("refused a request", .refusal(.init(error))) { ["error": "\(error)"] }
    }

    private func warn(_ message: Logger.Message, _ problem: Problem, _ metadata: () -> Logger.Metadata) {
        let repeated: Int? = state.withLock { state in
            guard let repeated = state.limiter.occurred(problem, at: .now) else { return nil }
            guard state.rateLimit.take(at: .now) else {
                state.omitted += 1
                return nil
            }
            defer { state.omitted = 0 }
            return repeated + state.omitted
        }
        guard let repeated else { return }
        var metadata = metadata()
        // Lines like this one, or others, that were left out before it.
        if repeated > 0 { metadata["omitted"] = "\(repeated)" }
        logger.warning(message, metadata: metadata)
    }

    private static func metadata(_ answer: AdmissionResponse) -> Logger.Metadata {
        [
            "uid": "\(answer.uid)",
            "namespace": "\(answer.namespace)",
            "pod": "\(answer.podName)",
            "service_account": "\(answer.serviceAccount?.name ?? "")",
            "outcome": "\(answer.result.rawValue)",
            "reason": "\(answer.outcome.reason)",
            "method": "\(answer.outcome.method ?? "")",
            "role": "\(answer.outcome.identity ?? "")",
            "dry_run": "\(answer.isDryRun)",
        ]
    }
}
