internal import Glibc
package import Logging
package import PodIdentity
internal import ServiceLifecycle
internal import ServiceSupport
internal import Synchronization

/// Keeps a configuration up to date with files, and with the YAML files in folders. If a file cannot be read, or the
/// files cannot be used, the previous configuration stays in use.
package final class ConfigurationFiles: Service {
    /// The maximum number of files in a folder that are read, and their maximum size in bytes; both are far above what
    /// is useful.
    package static let maximumCount = 256
    package static let maximumBytes = 1024 * 1024

    private let source: ProviderConfigurationSource
    private let paths: [String]
    private let files: WatchedFiles
    private let initialFingerprints: [FileFingerprint?]
    private let store: ConfigurationStore
    private let logger: Logger

    private struct State {
        /// Why the files could not be read when they were last read; nil if they could.
        var lastError: ClusterStateError?
        var isErrorTold = false
        /// The names of the files that were not empty.
        var names: Set<String> = []
        /// Whether one of them was empty or absent when they were last read.
        var wasLess = false
    }

    private let state = Mutex(State())

    /// Fails if the configuration is not in such files.
    package init?(_ source: ProviderConfigurationSource, store: ConfigurationStore, logger: Logger) {
        guard case .files(let paths) = source.place else { return nil }
        self.source = source
        self.paths = paths
        files = WatchedFiles { paths.flatMap { [$0] + ((try? Self.files(in: $0)) ?? []) } }
        initialFingerprints = files.fingerprints
        self.store = store
        self.logger = logger
    }

    /// Reads the files for the first time. Errors are only logged, because other identities do not depend on these
    /// files.
    package func load() {
        do throws(ClusterStateError) {
            let texts = try Self.texts(paths)
            _ = isTrusted(texts)
            store.update(source, texts: texts, logger: logger)
        } catch {
            refuse(error, atOnce: true)
        }
    }

    package func run() async throws { await files.watch(since: initialFingerprints) { self.read() } }

    /// - Returns: False if the files must be read again.
    func read() -> Bool {
        do throws(ClusterStateError) {
            let texts = try Self.texts(paths)
            state.withLock { $0.lastError = nil }
            guard isTrusted(texts) else { return false }
            store.update(source, texts: texts, logger: logger)
            return true
        } catch {
            refuse(error, atOnce: false)
            return false
        }
    }

    /// A file that is being replaced is absent for a moment, so an error counts only the second time, and only once.
    private func refuse(_ error: ClusterStateError, atOnce: Bool) {
        let isToBeTold = state.withLock { state in
            let isNew = state.lastError != error
            state.lastError = error
            if isNew { state.isErrorTold = false }
            guard atOnce || !isNew, !state.isErrorTold else { return false }
            state.isErrorTold = true
            return true
        }
        if isToBeTold { store.refuse(source, unreadable: error, logger: logger) }
    }

    /// A file that is being rewritten is empty or absent for a moment, so it counts as such only the second time.
    private func isTrusted(_ texts: [ConfigurationText]) -> Bool {
        let names = Set(texts.filter { !$0.bytes.isEmpty }.map(\.name))
        return state.withLock { state in
            if !state.wasLess, !names.isSuperset(of: state.names) {
                state.wasLess = true
                return false
            }
            (state.names, state.wasLess) = (names, false)
            return true
        }
    }

    // MARK: Files and folders

    /// The texts of files, and of the YAML files in folders.
    package static func texts(_ paths: [String]) throws(ClusterStateError) -> [ConfigurationText] {
        var texts: [ConfigurationText] = []
        do throws(FileError) {
            for path in paths {
                for file in try isFolder(path) ? files(in: path) : [path] {
                    texts.append(ConfigurationText(name: file, try FileReader.read(file, limit: maximumBytes)))
                }
            }
        } catch {
            throw .file(error)
        }
        return texts
    }

    private static func isFolder(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// The YAML files in a folder, by name, except hidden ones.
    private static func files(in folder: String) throws(FileError) -> [String] {
        guard let stream = opendir(folder) else { throw FileError(path: folder, problem: .system(errno)) }
        defer { closedir(stream) }
        var names: [String] = []
        while names.count < maximumCount, let entry = readdir(stream) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if !name.hasPrefix("."), ConfigurationText.isYAML(name) { names.append(name) }
        }
        return names.sorted().map { folder.hasSuffix("/") ? folder + $0 : folder + "/" + $0 }
    }
}
