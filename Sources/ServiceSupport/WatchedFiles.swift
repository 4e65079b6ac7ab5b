internal import ServiceLifecycle

/// Files that are read again when they change, however they are replaced: in place, by a rename, or, as the kubelet
/// does with the volumes of Secrets and ConfigMaps, through a symbolic link to one of their folders.
///
/// The files are polled, because inotify neither follows links nor works on every file system that is mounted into
/// pods.
package struct WatchedFiles: Sendable {
    private let find: @Sendable () -> [String]
    package var interval = Duration.seconds(1)

    package init(paths: [String]) { find = { paths } }

    /// - Parameter find: Finds the files, which may be different ones each time.
    package init(_ find: @escaping @Sendable () -> [String]) { self.find = find }

    package var paths: [String] { find() }

    /// Calls `changed` after each change, and again at each interval while it returns false, since the files may have
    /// been read in the middle of a replacement. Calls `tick` at each interval. Returns on graceful shutdown.
    ///
    /// A change between the first reading and this call is noticed if `before` was taken before that reading.
    package func watch(
        since before: [FileFingerprint?],
        tick: @escaping @Sendable () -> Void = {},
        changed: @escaping @Sendable () -> Bool
    ) async {
        // `sleep` throws on cancellation, which ends the loop.
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
