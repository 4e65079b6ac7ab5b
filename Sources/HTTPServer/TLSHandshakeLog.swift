internal import Logging
internal import NIOCore
internal import ServiceSupport
internal import Synchronization

/// Log lines for TLS handshakes that fail, two a second of each kind at most.
final class TLSHandshakeLog: Sendable {
    private let logger: Logger
    private let limiter = Mutex(
        LogLimiter<TLSHandshakeResult>(
            interval: .milliseconds(500),
            capacity: TLSHandshakeResult.allCases.count
        )
    )

    init(_ logger: Logger) { self.logger = logger }

    func failed(_ kind: TLSHandshakeResult, _ error: any Error, from address: SocketAddress?) {
        let now = ContinuousClock.now
        guard let leftOut = limiter.withLock({ $0.occurred(kind, at: now) }) else { return }
        var metadata: Logger.Metadata = ["client": "\(address?.logText ?? "unknown")", "reason": "\(error)"]
        if leftOut > 0 { metadata["left-out"] = "\(leftOut)" }
        logger.warning("a TLS handshake failed", metadata: metadata)
    }
}
