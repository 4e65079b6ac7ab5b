internal import Synchronization

/// Wakes the one task that waits for it, when there is work or when a moment has come.
package final class Alarm: Sendable {
    private struct State {
        var hasRung = false
        var isClosed = false
        var sleeper: CheckedContinuation<Void, Never>?
    }

    private let state = Mutex(State())

    package init() {}

    /// What rings while nobody waits ends the next wait at once.
    package func ring() { wake { $0.hasRung = true } }

    /// No wait lasts from now on.
    package func close() { wake { $0.isClosed = true } }

    private func wake(_ change: (inout State) -> Void) {
        let sleeper = state.withLock { state in
            change(&state)
            defer { state.sleeper = nil }
            return state.sleeper
        }
        sleeper?.resume()
    }

    /// Returns when it rings or is closed, when the time is over, or when the task is cancelled.
    ///
    /// - Parameter duration: nil for as long as it takes.
    /// - Returns: false once it is closed or the task is cancelled.
    package func wait(for duration: Duration? = nil) async -> Bool {
        await withTaskGroup(of: Void.self) { group in
            if let duration {
                group.addTask { [self] in
                    // Sleep throws when the group is cancelled, which is when nobody waits any more.
                    if (try? await Task.sleep(for: duration)) != nil { ring() }
                }
            }
            await sleep()
            group.cancelAll()
        }
        return !Task.isCancelled && !state.withLock { $0.isClosed }
    }

    private func sleep() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isAwake = state.withLock { state in
                    if state.hasRung || state.isClosed || Task.isCancelled { return true }
                    state.sleeper = continuation
                    return false
                }
                if isAwake { continuation.resume() }
            }
        } onCancel: {
            ring()
        }
        state.withLock { $0.hasRung = false }
    }
}
