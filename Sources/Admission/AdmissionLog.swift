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

    /// What a user did wrong is information; that something could not be found out is a warning.
    /// - Parameter duration: The time from the end of the request.
    func logResponse(_ response: AdmissionResponse, duration: () -> Duration) {
        if logsAnswers { logger.debug("a review was answered", metadata: Self.metadata(response, duration())) }
        guard response.denial != nil || !response.result.warnings.isEmpty,
            let omitted = linesOmitted(before: .warnings(response.serviceAccount, response.reason))
        else { return }
        var metadata: Logger.Metadata = [
            "namespace": "\(response.namespace)",
            "pod": "\(response.podName)",
            "service_account": "\(response.serviceAccount?.name ?? "")",
            "reason": "\(response.reason)",
            "warnings": .array(response.result.warnings.lines.map { "\($0)" }),
            "omitted": .stringConvertible(omitted),
        ]
        let level: Logger.Level = response.reason.isUnavailable ? .warning : .info
        if let denial = response.denial {
            metadata["error"] = "\(denial.message.cut(to: AdmissionResponse.maximumMessage))"
            logger.log(level: level, "a pod was denied", metadata: metadata)
        } else {
            logger.log(level: level, "a user was warned", metadata: metadata)
        }
    }

    func logRefusal(_ error: AdmissionError) {
        guard let omitted = linesOmitted(before: .refusal(.init(error))) else { return }
        logger.info(
            "a request was refused",
            metadata: ["error": "\(error)", "omitted": .stringConvertible(omitted)]
        )
    }

    /// Call this for each problem.
    ///
    /// - Returns: How many lines were omitted since the last one, about the same problem and about others; nil if the problem
    ///   is not to be logged.
    private func linesOmitted(before problem: Problem) -> Int? {
        state.withLock { state in
            guard let repeated = state.limiter.occurred(problem, at: .now) else { return nil }
            guard state.rateLimit.take(at: .now) else {
                state.omitted += 1
                return nil
            }
            defer { state.omitted = 0 }
            return repeated + state.omitted
        }
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
        guard parts.count > 1 else {
            metadata["identity"] = "\((parts.first?.identity ?? "").cut(to: maximumIdentity))"
            return metadata
        }
        let told = parts.filter { $0.reason.severity != .none }.prefix(maximumParts)
        metadata["identities"] = .array(
            told.map { part -> Logger.MetadataValue in
                var members: Logger.Metadata = ["provider": "\(part.cloud)", "reason": "\(part.reason)"]
                if let identity = part.identity { members["identity"] = "\(identity.cut(to: maximumIdentity))" }
                return .dictionary(members)
            }
        )
        return metadata
    }
}
