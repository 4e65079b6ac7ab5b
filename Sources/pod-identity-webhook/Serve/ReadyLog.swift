internal import Logging
internal import ServiceLifecycle

/// Logs when the webhook becomes ready for the first time, and how long that took.
struct ReadyLog: Service {
    let isReady: @Sendable () -> Bool
    let logger: Logger
    var interval = Duration.milliseconds(100)

    func run() async throws {
        let start = ContinuousClock.now
        try? await cancelWhenGracefulShutdown {
            while !isReady() { try await Task.sleep(for: interval) }
            logger.info("ready", metadata: ["duration": .stringConvertible(ContinuousClock.now - start)])
        }
        // The process ends when its first service does.
        try await gracefulShutdown()
    }
}
