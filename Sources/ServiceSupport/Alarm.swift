internal import Synchronization

/// Wakes the single task that waits for it when there is work, or at a certain time.
package final class Alarm: Sendable {
    private struct State {
        var hasRung = false
        var isClosed = false
        var sleeper: CheckedContinuation<Void, Never>?
    }

    private let state = Mutex(State())

    package init() {}

    /// Wakes the waiting task. If there is none, the next wait ends at once.
    package func ring() { wake { $0.hasRung = true } }

    /// Ends this and every later wait.
    package func close() { wake { $0.isClosed = true } }

    private func wake(_ change: (inout State) -> Void) {
        let sleeper = state.withLock { state in
            change(&state)
            defer { state.sleeper = nil }
            return state.sleeper
        }
        sleeper?.resume()
    }

    /// Returns when the alarm rings or is closed, when the time is up, or when the task is cancelled.
    ///
    /// - Parameter duration: The longest wait; nil for no limit.
    /// - Returns: False once the alarm is closed or the task is cancelled.
    package func wait(for duration: Duration? = nil) async -> Bool {
        await withTaskGroup(of: Void.self) { group in
            if let duration {
                group.addTask { [self] in
                    // `sleep` throws when the group is cancelled, after the wait has ended.
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
