import Dispatch
import Foundation
import Synchronization

/// What a running command has written and whether it has ended, and the callers that wait for a change.
final class CommandState: Sendable {
    struct Snapshot: Sendable {
        var output: [UInt8] = []
        var error: [UInt8] = []
        var openStreams = 2
        var status: Int32?

        var isOver: Bool { status != nil && openStreams == 0 }
    }

    typealias Condition = @Sendable (Snapshot) -> Bool

    private struct Waiter {
        let condition: Condition
        let resume: @Sendable (Bool) -> Void
    }

    private struct State {
        var snapshot = Snapshot()
        var waiters: [Int: Waiter] = [:]
        var nextWaiter = 0
    }

    private let state = Mutex(State())

    var snapshot: Snapshot { state.withLock { $0.snapshot } }

    /// An empty chunk is the end of the stream.
    func append(output chunk: Data) {
        update { snapshot in
            snapshot.output.append(contentsOf: chunk)
            if chunk.isEmpty { snapshot.openStreams -= 1 }
        }
    }

    /// An empty chunk is the end of the stream.
    func append(error chunk: Data) {
        update { snapshot in
            snapshot.error.append(contentsOf: chunk)
            if chunk.isEmpty { snapshot.openStreams -= 1 }
        }
    }

    func exited(_ status: Int32) {
        update { $0.status = status }
    }

    /// Calls `resume` once: with true when the condition is met, or with false after `timeout`.
    func wait(for condition: @escaping Condition, timeout: Duration, _ resume: @escaping @Sendable (Bool) -> Void) {
        let id: Int? = state.withLock { state in
            if condition(state.snapshot) { return nil }
            state.nextWaiter += 1
            state.waiters[state.nextWaiter] = Waiter(condition: condition, resume: resume)
            return state.nextWaiter
        }
        guard let id else { return resume(true) }
        let seconds = Double(timeout.components.seconds) + Double(timeout.components.attoseconds) / 1e18
        DispatchQueue.global().asyncAfter(deadline: .now() + seconds) { [weak self] in
            self?.state.withLock { $0.waiters.removeValue(forKey: id) }?.resume(false)
        }
    }

    private func update(_ change: (inout Snapshot) -> Void) {
        let satisfied = state.withLock { state in
            change(&state.snapshot)
            let ready = state.waiters.filter { $0.value.condition(state.snapshot) }
            for id in ready.keys { state.waiters.removeValue(forKey: id) }
            return ready.values.map(\.resume)
        }
        for resume in satisfied { resume(true) }
    }
}
