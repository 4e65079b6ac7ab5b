package import KubernetesObjects

/// Receives the objects that a `Watcher` finds. The calls come one after the other, from a single task. The views are
/// borrowed, so the handler copies what it needs of them.
package protocol WatchHandler: Sendable {
    /// A list begins. What is added from now on replaces everything once `endReplacement` is called. Another call
    /// discards a replacement that was not ended.
    func beginReplacement()

    /// Adds an object of the list, or a newer state of one.
    func add(_ object: ObjectView)

    /// Removes an object that was deleted before the list was complete. It may be added again with a later version.
    func remove(_ object: ObjectView)

    /// The list is complete.
    func endReplacement(resourceVersion: String)

    /// Whether a list that may be outdated is useful until there is a new one. This is queried when a long list begins.
    var wantsProvisionalList: Bool { get }

    /// The list is complete, but the API server may know changes that are not in it. Another list follows.
    func endProvisionalReplacement(resourceVersion: String)

    /// Applies a change after the list. The same change may come twice.
    func apply(_ change: WatchChange, _ object: ObjectView)

    /// An object is too large to be read, so what was known about it no longer holds. This may come during or after a
    /// list.
    func skip(_ object: SkippedObject)

    func statusChanged(_ status: WatchStatus)

    /// A list or a watch has ended, and another one follows.
    func restarts(_ reason: WatchRestart)
}

extension WatchHandler {
    package func restarts(_ reason: WatchRestart) {}

    package var wantsProvisionalList: Bool { false }

    package func endProvisionalReplacement(resourceVersion: String) {}
}

package enum WatchChange: String, Sendable, Equatable {
    case added = "ADDED"
    case modified = "MODIFIED"
    /// The object has its last state before the deletion.
    case deleted = "DELETED"
}

package enum WatchStatus: Sendable, Equatable {
    /// There is no complete list yet, and nothing has failed.
    case listing
    /// The list is complete and every change arrives.
    case watching
    /// Changes since that time may be missing. If a watch has fallen silent, it is the time of the last line.
    case failing(since: ContinuousClock.Instant, reason: String)
}
