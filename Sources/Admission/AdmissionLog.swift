internal import JSON
internal import KubernetesObjects
package import Logging
internal import PodIdentity
internal import ServiceSupport
internal import Synchronization

/// Logs reviews. Clients determine how many problems there are, so a problem that recurs is logged only at intervals,
/// with a count, and the total rate of problems is limited. All event loops share the log.
package final class AdmissionLog: Sendable {
    private enum Problem: Hashable, Sendable {
        case warnings(NamespacedName?, Reason)
        case refusal(AdmissionMetrics.Refusal)
    }

    /// The minimum time between two lines about the same problem of the same ServiceAccount.
    private static let interval = Duration.seconds(10)
    /// The number of problems that are remembered, to recognise those that recur.
    private static let capacity = 1000
    /// The number of lines about problems per second in the long run, and in a burst.
    private static let rate = (lines: 20.0, burst: 100)

    private struct State {
        var limiter = LogLimiter<Problem>(interval: interval, capacity: capacity)
        var rateLimit = RateLimit(rate: rate.lines, burst: rate.burst)
        /// The number of lines that the rate limit has suppressed since the last line.
        var omitted = 0
    }

    private let state = Mutex(State())
    private let logger: Logger
    /// Whether answers without problems are logged. The level of a logger does not change, so it is checked only once.
    private let logsAnswers: Bool

    package init(logger: Logger) {
        self.logger = logger
        logsAnswers = logger.logLevel <= .debug
    }

    /// Problems with a user's object are logged as information, and denials as warnings.
    /// - Parameter duration: The time from the end of the request.
    func logResponse(_ response: AdmissionResponse, duration: () -> Duration) {
        if logsAnswers { logger.debug("answered", metadata: Self.metadata(response, duration())) }
        let denial = response.result.denial
        guard denial != nil || !response.result.warnings.isEmpty else { return }
        let message: Logger.Message = denial == nil ? "warned whoever wrote an object" : "denied a pod"
        report(message, denial == nil ? .info : .warning, .warnings(response.serviceAccount, response.reason)) {
            var metadata: Logger.Metadata = [
                "namespace": "\(response.namespace)",
                "pod": "\(response.podName)",
                "service_account": "\(response.serviceAccount?.name ?? "")",
                "reason": "\(response.reason)",
            ]
            if let denial { metadata["denial"] = "\(denial.message.cut(to: AdmissionResponse.maximumMessage))" }
            let warnings = response.result.warnings
            if !warnings.isEmpty { metadata["warnings"] = .array(warnings.lines.map { "\($0)" }) }
            return metadata
        }
    }

    func logRefusal(_ error: AdmissionError) {
        report("refused a request", .info, .refusal(.init(error))) { ["error": "\(error)"] }
    }

    private func report(
        _ message: Logger.Message,
        _ level: Logger.Level,
        _ problem: Problem,
        _ metadata: () -> Logger.Metadata
    ) {
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
        if omitted > 0 { metadata["omitted"] = .stringConvertible(omitted) }
        logger.log(level: level, message, metadata: metadata)
    }

    /// The maximum number of clouds in a line, and the maximum length of an identity's name in bytes; longer ones are
    /// cut.
    private static let (maximumParts, maximumIdentity) = (16, 2100)

    private static func metadata(_ response: AdmissionResponse, _ duration: Duration) -> Logger.Metadata {
        let parts = response.result.parts
        var metadata: Logger.Metadata = [
            "uid": "\(response.uid)",
            "namespace": "\(response.namespace)",
            "pod": "\(response.podName)",
            "service_account": "\(response.serviceAccount?.name ?? "")",
            "outcome": "\(response.outcome.rawValue)",
            "reason": "\(response.reason)",
            "method": "\(parts.compactMap(\.method).joined(separator: ","))",
            "dry_run": .stringConvertible(response.isDryRun),
            "duration": .stringConvertible(duration),
        ]
        // If there is only one cloud, the identity is logged under the same name as in the audit log.
        guard parts.count > 1 else {
            let key = parts.first?.auditKeys.identity ?? "role"
            metadata[key] = "\((parts.first?.identity ?? "").cut(to: maximumIdentity))"
            return metadata
        }
        let told = parts.filter { $0.reason.severity != .none }.prefix(maximumParts)
        metadata["identities"] = .array(
            told.map { part in
                let identity = part.identity.map { " \($0.cut(to: maximumIdentity))" } ?? ""
                return "\(part.cloud): \(part.reason)\(identity)"
            }
        )
        return metadata
    }
}
