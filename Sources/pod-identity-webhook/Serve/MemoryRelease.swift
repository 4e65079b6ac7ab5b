internal import ServiceLifecycle

/// Returns to the system what only the start needs: before lists come, when the webhook is ready, and when its lists are
/// final.
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
                // What the last step needed is in use for a moment.
                try await Task.sleep(for: interval)
                release()
            }
        }
        // The process ends with the first service that does.
        try await gracefulShutdown()
    }
}
