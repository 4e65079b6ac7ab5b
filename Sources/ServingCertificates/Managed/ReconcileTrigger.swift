internal import Kubernetes
internal import KubernetesObjects
internal import Synchronization

/// Wakes a reconciling loop when an object that it depends on changes, and once a second.
final class ReconcileTrigger: Sendable {
    let stream: AsyncStream<Void>
    private let continuation: AsyncStream<Void>.Continuation
    /// Initially true: a loop that is starting has seen nothing yet.
    private let hasChange = Mutex(true)

    init() {
        (stream, continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
        continuation.yield()
    }

    func changed() {
        hasChange.withLock { $0 = true }
        continuation.yield()
    }

    /// Whether anything has changed since the last call.
    func takeChange() -> Bool {
        hasChange.withLock { hasChange in
            defer { hasChange = false }
            return hasChange
        }
    }

    /// Returns when the task is cancelled.
    func tick() async {
        while (try? await Task.sleep(for: .seconds(1))) != nil { continuation.yield() }
    }

    /// Reports that a watched object has changed, without saying how.
    func handler(_ metrics: WatchMetrics) -> some WatchHandler { Handler(trigger: self, metrics: metrics) }

    private struct Handler: WatchHandler {
        let trigger: ReconcileTrigger
        let metrics: WatchMetrics

        func beginReplacement() {}
        func add(_ object: ObjectView) {}
        func remove(_ object: ObjectView) {}
        func endReplacement(resourceVersion: String) { trigger.changed() }
        func apply(_ change: WatchChange, _ object: ObjectView) { trigger.changed() }
        func skip(_ object: SkippedObject) {
            metrics.objectSkipped()
            trigger.changed()
        }
        func statusChanged(_ status: WatchStatus) { metrics.statusChanged(status) }
        func restarts(_ reason: WatchRestart) { metrics.restarted(reason) }
    }
}
