package import Kubernetes
package import Logging
internal import ServiceSupport
internal import Synchronization

/// Decides which requests to the API server that failed are logged: of each kind of error one in ten seconds, whatever it is
/// about, because clients can make names up.
package final class FailureLogLimiter: Sendable {
    private let limiter = Mutex(LogLimiter<String>(interval: .seconds(10), capacity: 16))

    package init() {}

    /// Call this for each failure.
    ///
    /// - Parameter metadata: what else the line is to say.
    /// - Returns: the metadata of the line; nil if the failure is not to be logged.
    package func metadata(of error: KubernetesError, _ metadata: Logger.Metadata = [:]) -> Logger.Metadata? {
        guard let omitted = limiter.withLock({ $0.occurred(error.kind, at: .now) }) else { return nil }
        let details: Logger.Metadata = ["error": "\(error)", "omitted": .stringConvertible(omitted)]
        return metadata.merging(details) { $1 }
    }
}
