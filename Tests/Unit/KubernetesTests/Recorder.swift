import JSON
import Synchronization

@testable import Kubernetes
@testable import KubernetesObjects

/// Records what a watcher finds, as an index would, and lets a test wait for it.
final class Recorder: WatchHandler {
    struct State: Sendable {
        /// The version of each object by key.
        var objects: [String: String] = [:]
        var replacement: [String: String]?
        /// The calls in order, with an object as KEY@VERSION.
        var calls: [String] = []
        var statuses: [WatchStatus] = []
        var restarts: [WatchRestart] = []

        var status: WatchStatus? { statuses.last }

        var reason: String? {
            if case .failing(_, let reason) = status { reason } else { nil }
        }
    }

    private struct Waiter: Sendable {
        let condition: @Sendable (State) -> Bool
        let continuation: CheckedContinuation<Void, Never>
    }

    private let state = Mutex(State())
    /// Whether it accepts a list that may be outdated, as long as it has none.
    private let takesProvisionalLists: Bool
    private let waiters = Mutex<[Waiter]>([])
    /// Whether a waiting test was ended.
    private let isOver = Mutex(false)

    init(takesProvisionalLists: Bool = false) { self.takesProvisionalLists = takesProvisionalLists }

    var wantsProvisionalList: Bool { takesProvisionalLists && !now.calls.contains { $0.hasPrefix("end") } }

    var now: State { state.withLock { $0 } }

    /// Returns when the condition is met. The suite's time limit ends a wait that is never met.
    func wait(until condition: @escaping @Sendable (State) -> Bool) async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                waiters.withLock { $0.append(Waiter(condition: condition, continuation: continuation)) }
                check()
            }
        } onCancel: {
            isOver.withLock { $0 = true }
            check()
        }
    }

    private func change(_ body: (inout State) -> Void) {
        state.withLock { body(&$0) }
        check()
    }

    private func check() {
        let now = now
        let isOver = isOver.withLock { $0 }
        let ready = waiters.withLock { waiters in
            let ready = waiters.filter { isOver || $0.condition(now) }
            waiters.removeAll { isOver || $0.condition(now) }
            return ready
        }
        for waiter in ready { waiter.continuation.resume() }
    }

    private static func keyAndVersion(_ object: ObjectView) -> (String, String) {
        let metadata = object.metadata
        return (metadata.key?.description ?? "?", metadata.resourceVersion?.string ?? "?")
    }

    func beginReplacement() {
        change { state in
            state.replacement = [:]
            state.calls.append("begin")
        }
    }

    func add(_ object: ObjectView) {
        let (key, version) = Self.keyAndVersion(object)
        change { state in
            state.replacement?[key] = version
            state.calls.append("add \(key)@\(version)")
        }
    }

    func remove(_ object: ObjectView) {
        let (key, version) = Self.keyAndVersion(object)
        change { state in
            state.replacement?[key] = nil
            state.calls.append("remove \(key)@\(version)")
        }
    }

    func skip(_ object: SkippedObject) {
        change { state in
            state.objects[object.name] = nil
            state.calls.append("skip \(object.name)@\(object.resourceVersion ?? "?")")
        }
    }

    func endReplacement(resourceVersion: String) {
        change { state in
            state.objects = state.replacement ?? [:]
            state.replacement = nil
            state.calls.append("end \(resourceVersion)")
        }
    }

    func endProvisionalReplacement(resourceVersion: String) {
        change { state in
            state.objects = state.replacement ?? [:]
            state.replacement = nil
            state.calls.append("end provisionally \(resourceVersion)")
        }
    }

    func apply(_ change: WatchChange, _ object: ObjectView) {
        let (key, version) = Self.keyAndVersion(object)
        self.change { state in
            state.objects[key] = change == .deleted ? nil : version
            state.calls.append("\(change.rawValue) \(key)@\(version)")
        }
    }

    func statusChanged(_ status: WatchStatus) { change { $0.statuses.append(status) } }

    func restarts(_ reason: WatchRestart) { change { $0.restarts.append(reason) } }
}
