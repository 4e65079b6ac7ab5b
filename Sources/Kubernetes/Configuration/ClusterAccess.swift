internal import Logging
internal import NIOHTTP1
internal import NIOOpenSSL
internal import ServiceSupport
internal import Synchronization

/// What authenticates the API server to us, and us to it. The files behind it are read again when they change, for
/// example because the cluster's CA or the client's certificate was renewed. They are checked at most once a second,
/// and only before a request. If the new content cannot be used, the old one stays in use.
package final class ClusterAccess: Sendable {
    struct Content: Sendable {
        /// The context of connections; nil for plain HTTP.
        var tls: TLSContext?
        var credentials: any Credentials
        /// The headers that say whom to impersonate.
        var impersonation: HTTPHeaders = [:]
        /// The files that this was read from, except those of credentials that refresh themselves.
        var files: [String] = []
    }

    static let checkInterval = Duration.seconds(1)

    private struct State {
        var content: Content
        /// The fingerprints of the files; nil after they could not be read.
        var fingerprints: [FileFingerprint?]?
        var nextCheck: ContinuousClock.Instant?
        var failure: KubernetesError?
        var logger: Logger?
    }

    private let read: @Sendable () throws(KubernetesError) -> Content
    private let now: @Sendable () -> ContinuousClock.Instant
    private let state: Mutex<State>

    /// Reads the files for the first time.
    init(
        now: @escaping @Sendable () -> ContinuousClock.Instant = { .now },
        read: @escaping @Sendable () throws(KubernetesError) -> Content
    ) throws(KubernetesError) {
        // The first read only determines which files there are. The content that is used is read after their
        // fingerprints were taken.
        let fingerprints = try read().files.map { FileFingerprint($0) }
        let content = try read()
        self.read = read
        self.now = now
        state = Mutex(State(content: content, fingerprints: fingerprints, nextCheck: now() + Self.checkInterval))
    }

    /// Makes an access that never changes.
    init(tls: TLSContext?, credentials: any Credentials, impersonation: HTTPHeaders = [:]) {
        let content = Content(tls: tls, credentials: credentials, impersonation: impersonation)
        read = { content }
        now = { .now }
        state = Mutex(State(content: content, fingerprints: []))
    }

    func log(to logger: Logger) { state.withLock { $0.logger = logger } }

    /// The content to use now.
    var current: Content {
        let now = now()
        let isDue = state.withLock { state in
            guard !state.content.files.isEmpty, state.nextCheck.map({ now >= $0 }) ?? true else { return false }
            state.nextCheck = now + Self.checkInterval
            return true
        }
        if isDue { check() }
        return state.withLock { $0.content }
    }

    /// Call this when the server has not accepted the credentials.
    func refused() {
        state.withLock { $0.nextCheck = nil }
        current.credentials.refused()
    }

    private func check() {
        let (files, known) = state.withLock { ($0.content.files, $0.fingerprints) }
        // They are taken before reading, so that files that change in the meantime are read again.
        let fingerprints = files.map { FileFingerprint($0) }
        guard fingerprints != known else { return }
        do {
            let content = try read()
            let logger = state.withLock { state in
                state.content = content
                state.fingerprints = content.files == files ? fingerprints : nil
                state.failure = nil
                return state.logger
            }
            logger?.info(
                "the credentials for the API server were reloaded",
                metadata: ["files": .array(content.files.map { "\($0)" })]
            )
        } catch {
            let logger = state.withLock { state in
                defer { state.failure = error }
                state.fingerprints = nil
                return state.failure == error ? nil : state.logger
            }
            logger?.warning(
                "the credentials for the API server could not be reloaded; the previous ones stay in use",
                metadata: ["error": "\(error)"]
            )
        }
    }
}
