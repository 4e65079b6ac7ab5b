internal import Logging
internal import ServiceLifecycle

/// Says in the log when the webhook is ready for the first time, and how long after its start.
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
        // The process ends with the first service that does.
        try await gracefulShutdown()
    }
}
