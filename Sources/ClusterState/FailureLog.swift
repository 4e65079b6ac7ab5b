package import Kubernetes
package import Logging
internal import ServiceSupport
internal import Synchronization

/// Logs failed requests to the API server: one in ten seconds for each kind of error, whatever it is about, because
/// clients can invent names.
package final class FailureLog: Sendable {
    private let limiter = Mutex(LogLimiter<String>(interval: .seconds(10), capacity: 16))
    private let logger: Logger

    package init(_ logger: Logger) { self.logger = logger }

    package func log(
        _ error: KubernetesError,
        _ message: Logger.Message,
        _ level: Logger.Level,
        _ metadata: Logger.Metadata
    ) {
        guard let omitted = limiter.withLock({ $0.occurred(error.kind, at: .now) }) else { return }
        let details: Logger.Metadata = ["error": "\(error)", "omitted": .stringConvertible(omitted)]
        logger.log(level: level, message, metadata: metadata.merging(details) { $1 })
    }
}
