internal import Kubernetes
internal import KubernetesObjects
internal import Synchronization

/// Tells a loop that something it depends on has changed, and once a second that time goes on.
final class Wakeups: Sendable {
    let stream: AsyncStream<Void>
    private let continuation: AsyncStream<Void>.Continuation
    /// At first everything is new.
    private let hasChange = Mutex(true)

    init() {
        (stream, continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
        continuation.yield()
    }

    func changed() {
        hasChange.withLock { $0 = true }
        continuation.yield()
    }

    /// Whether something has changed since it was last asked.
    func takeChange() -> Bool {
        hasChange.withLock { hasChange in
            defer { hasChange = false }
            return hasChange
        }
    }

    /// Ends when the task is cancelled.
    func tick() async {
        while (try? await Task.sleep(for: .seconds(1))) != nil { continuation.yield() }
    }

    /// Reports each change of what is watched, not what it is.
    func handler(_ metrics: WatchMetrics) -> some WatchHandler { Handler(wakeups: self, metrics: metrics) }

    private struct Handler: WatchHandler {
        let wakeups: Wakeups
        let metrics: WatchMetrics

        func beginReplacement() {}
        func add(_ object: ObjectView) {}
        func remove(_ object: ObjectView) {}
        func endReplacement(resourceVersion: String) { wakeups.changed() }
        func apply(_ change: WatchChange, _ object: ObjectView) { wakeups.changed() }
        func skip(_ object: SkippedObject) {
            metrics.objectSkipped()
            wakeups.changed()
        }
        func statusChanged(_ status: WatchStatus) { metrics.statusChanged(status) }
        func restarts(_ reason: WatchRestart) { metrics.restarted(reason) }
    }
}
