package import KubernetesObjects

/// Keeps what a `Watcher` finds. The calls come one after the other, from one task. The views are valid during the call
/// only, so what is needed of them is copied.
package protocol WatchHandler: Sendable {
    /// A list starts: what is added from now on replaces everything once `endReplacement` is called. Another call of this
    /// method drops a replacement that was not ended.
    func beginReplacement()

    /// An object of the list, or a newer state of one.
    func add(_ object: ObjectView)

    /// An object that was deleted before the list was complete. It may be added again, with a later version.
    func remove(_ object: ObjectView)

    /// The list is complete.
    func endReplacement(resourceVersion: String)

    /// A change after the list. The same change may come twice.
    func apply(_ change: WatchChange, _ object: ObjectView)

    /// An object is too large to be read, before or after the end of the list: what was known of it is not true any more.
    func skip(_ object: SkippedObject)

    func statusChanged(_ status: WatchStatus)

    /// A list or a watch has ended, and another one follows.
    func restarts(_ reason: WatchRestart)
}

extension WatchHandler {
    package func restarts(_ reason: WatchRestart) {}
}

package enum WatchChange: String, Sendable, Equatable {
    case added = "ADDED"
    case modified = "MODIFIED"
    /// The object is as it was last.
    case deleted = "DELETED"
}

package enum WatchStatus: Sendable, Equatable {
    /// There is no complete list yet, and nothing is wrong so far.
    case listing
    /// The list is complete and every change arrives.
    case watching
    /// Changes may have been missing since then; for a watch that fell silent that is when the last line came.
    case failing(since: ContinuousClock.Instant, reason: String)
}
