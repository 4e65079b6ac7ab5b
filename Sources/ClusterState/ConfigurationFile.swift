package import Logging
package import PodIdentity
internal import ServiceLifecycle
internal import ServiceSupport
internal import Synchronization

/// Keeps a provider's configuration up to date with its file. If the file cannot be read or used, the previous
/// configuration stays in use.
package final class ConfigurationFile: Service {
    private let source: ProviderConfigurationSource
    private let path: String
    private let files: WatchedFiles
    private let initialFingerprints: [FileFingerprint?]
    private let store: ConfigurationStore
    private let logger: Logger

    private struct State {
        /// Whether the file was empty or absent when it was last read.
        var wasEmpty = false
        var lastError: ClusterStateError?
    }

    private let state = Mutex(State())

    /// Fails if the configuration is not in a file.
    package init?(_ source: ProviderConfigurationSource, store: ConfigurationStore, logger: Logger) {
        guard case .file(let path) = source.place else { return nil }
        self.source = source
        self.path = path
        files = WatchedFiles(paths: [path])
        initialFingerprints = files.fingerprints
        self.store = store
        self.logger = logger
    }

    /// Reads the file for the first time. Errors are only logged, because other identities do not depend on this file.
    package func load() { _ = read() }

    package func run() async throws { await files.watch(since: initialFingerprints) { self.read() } }

    private func readText() throws(ClusterStateError) -> [UInt8]? {
        do { return try FileReader.readIfPresent(path) } catch { throw .file(error) }
    }

    /// Reads the file.
    ///
    /// - Returns: False if the same content must be read again.
    func read() -> Bool {
        do throws(ClusterStateError) {
            let text = try readText()
            let isEmpty = text?.isEmpty ?? true
            let isTrusted = state.withLock { state in
                defer { state = State(wasEmpty: isEmpty) }
                return !isEmpty || state.wasEmpty
            }
            // A file that is being rewritten is empty or absent for a moment, so it counts as such only the second
            // time.
            guard isTrusted || !store.current.contains(source.place) else { return false }
            store.update(source, texts: text.map { [ConfigurationText($0)] }, logger: logger)
            return true
        } catch {
            let isNew = state.withLock { state in
                defer { state.lastError = error }
                return state.lastError != error
            }
            if isNew {
                let hasPrevious = store.isKnown(source.place)
                store.logRefusal(of: source.place, "\(error)", hasPrevious: hasPrevious, logger: logger)
            }
            return false
        }
    }
}
