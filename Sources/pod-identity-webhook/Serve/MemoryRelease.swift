internal import ServiceLifecycle

/// Returns memory that only the start needs to the system: before lists arrive, when the webhook is ready, and when its
/// lists are final. The arguments have already been parsed, which takes memory too (`Serve`).
struct MemoryRelease: Service {
    let isReady: @Sendable () -> Bool
    let isFinal: @Sendable () -> Bool
    /// How often readiness and the lists are checked.
    var interval = Duration.milliseconds(200)
    /// How long the memory of a step stays in use after the step has ended.
    var settling = Duration.seconds(1)
    let release: @Sendable () -> Void

    func run() async throws {
        release()
        try? await cancelWhenGracefulShutdown {
            for isOver in [isReady, isFinal] {
                while !isOver() { try await Task.sleep(for: interval) }
                // Released at once, so that the memory of the next step does not add to that of this one.
                release()
                try await Task.sleep(for: settling)
                release()
            }
        }
        // The process ends when its first service does.
        try await gracefulShutdown()
    }
}
