internal import ServiceLifecycle

/// Returns memory that only the start needs to the system: before lists arrive, when the webhook is ready, and when its
/// lists are final.
struct MemoryRelease: Service {
    let isReady: @Sendable () -> Bool
    let isFinal: @Sendable () -> Bool
    var interval = Duration.seconds(1)
    var release: @Sendable () -> Void = ResidentMemory.release

    func run() async throws {
        release()
        try? await cancelWhenGracefulShutdown {
            for isOver in [isReady, isFinal] {
                while !isOver() { try await Task.sleep(for: interval) }
                // The memory of the last step is still in use for a moment.
                try await Task.sleep(for: interval)
                release()
            }
        }
        // The process ends when its first service does.
        try await gracefulShutdown()
    }
}
