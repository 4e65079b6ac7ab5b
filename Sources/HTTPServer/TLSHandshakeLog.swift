internal import Logging
internal import NIOCore
internal import ServiceSupport
internal import Synchronization

/// Logs failed TLS handshakes, at most two per second for each result.
final class TLSHandshakeLog: Sendable {
    private let logger: Logger
    private let now: @Sendable () -> ContinuousClock.Instant
    private let limiter = Mutex(
        LogLimiter<TLSHandshakeResult>(interval: .milliseconds(500), capacity: TLSHandshakeResult.allCases.count)
    )

    init(_ logger: Logger, now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }) {
        self.logger = logger
        self.now = now
    }

    func failed(_ result: TLSHandshakeResult, _ error: any Error, from address: SocketAddress?) {
        let now = now()
        guard let omitted = limiter.withLock({ $0.occurred(result, at: now) }) else { return }
        logger.warning(
            "a TLS handshake failed",
            metadata: [
                "client": "\(address?.logText ?? "unknown")", "error": "\(error)",
                "omitted": .stringConvertible(omitted),
            ]
        )
    }
}
