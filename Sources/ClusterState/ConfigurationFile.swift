package import Logging
package import PodIdentity
internal import ServiceLifecycle
internal import ServiceSupport
internal import Synchronization

/// Keeps what a configuration says as its file has it. A file that cannot be read or used leaves the old content.
package final class ConfigurationFile: Service {
    private let source: ProviderConfigurationSource
    private let path: String
    private let files: WatchedFiles
    private let before: [FileFingerprint?]
    private let store: ConfigurationStore
    private let logger: Logger

    private struct State {
        /// The last look found an empty file, or none.
        var wasEmpty = false
        var lastError: ClusterStateError?
    }

    private let state = Mutex(State())

    /// Nil for a configuration that is not a file.
    package init?(_ source: ProviderConfigurationSource, store: ConfigurationStore, logger: Logger) {
        guard case .file(let path) = source.place else { return nil }
        self.source = source
        self.path = path
        files = WatchedFiles(paths: [path])
        before = files.fingerprints
        self.store = store
        self.logger = logger
    }

    /// Reads the file for the first time. What is wrong with it is told in the log and does not keep the webhook from
    /// starting: other identities do not depend on it.
    package func load() { _ = read() }

    package func run() async throws {
        await files.watch(since: before) { self.read() }
    }

    private func readText() throws(ClusterStateError) -> [UInt8]? {
        do { return try FileReader.readIfPresent(path) } catch { throw .file(error) }
    }

    /// Whether this was the last look that this content needs.
    func read() -> Bool {
        do throws(ClusterStateError) {
            let text = try readText()
            let isEmpty = text?.isEmpty ?? true
            let isBelieved = state.withLock { state in
                defer { state = State(wasEmpty: isEmpty) }
                return !isEmpty || state.wasEmpty
            }
            // A file that is written in place is empty, or away, for a moment, so that nothing is believed twice only.
            guard isBelieved || !store.current.contains(source.place) else { return false }
            store.update(source, text, logger: logger)
            return true
        } catch {
            let isNew = state.withLock { state in
                defer { state.lastError = error }
                return state.lastError != error
            }
            if isNew { logger.error("the previous configuration stays in use", metadata: ["error": "\(error)"]) }
            return false
        }
    }
}
