internal import ServiceLifecycle

/// Files that are read again when they change, however they are exchanged: written in place, renamed over, or, as a
/// kubelet does with the volumes of Secrets and ConfigMaps, by a link of one of their folders.
///
/// Polled, because inotify neither follows links nor works on every file system that is mounted into pods.
package struct WatchedFiles: Sendable {
    package let paths: [String]
    package var interval = Duration.seconds(1)

    package init(paths: [String]) { self.paths = paths }

    /// Calls `changed` after each change, and, while it returns false, again at each interval: what failed may have been
    /// read in the middle of the exchange. Calls `tick` at each interval in any case. Returns on graceful shutdown.
    ///
    /// What changed between the first reading and this call is noticed if `before` was taken before the reading.
    package func watch(
        since before: [FileFingerprint?],
        tick: @escaping @Sendable () -> Void = {},
        changed: @escaping @Sendable () -> Bool
    ) async {
        // Sleep throws on cancellation, which is how the loop ends.
        try? await cancelWhenGracefulShutdown {
            var known: [FileFingerprint?]? = before
            while true {
                try await Task.sleep(for: interval)
                let current = fingerprints
                if current != known { known = changed() ? current : nil }
                tick()
            }
        }
    }

    package var fingerprints: [FileFingerprint?] { paths.map { FileFingerprint($0) } }
}
