internal import Logging
internal import NIOOpenSSL
internal import ServiceSupport
internal import Synchronization

/// What proves the API server to us, and us to it. The files that it comes from are read again when they change, as they
/// do when the CA of a cluster or the certificate of a client is renewed. They are checked once a second at most, and only
/// when there is something to ask the server. If they cannot be used, what was read before stays in use.
package final class ClusterAccess: Sendable {
    struct Content: Sendable {
        /// Nil for plain HTTP.
        var tls: TLSContext?
        var credentials: any Credentials
        /// The files that all this was read from, without those that the credentials read again themselves.
        var files: [String] = []
    }

    static let period = Duration.seconds(1)

    private struct State {
        var content: Content
        /// The fingerprints of the files; nil after a reading that failed.
        var fingerprints: [FileFingerprint?]?
        var nextCheck: ContinuousClock.Instant?
        var failure: KubernetesError?
        var logger: Logger?
    }

    private let read: @Sendable () throws(KubernetesError) -> Content
    private let now: @Sendable () -> ContinuousClock.Instant
    private let state: Mutex<State>

    /// Reads for the first time.
    init(
        now: @escaping @Sendable () -> ContinuousClock.Instant = { .now },
        read: @escaping @Sendable () throws(KubernetesError) -> Content
    ) throws(KubernetesError) {
        // Only a first reading tells which files there are; the one that counts comes after their fingerprints.
        let fingerprints = try read().files.map { FileFingerprint($0) }
        let content = try read()
        self.read = read
        self.now = now
        state = Mutex(State(content: content, fingerprints: fingerprints, nextCheck: now() + Self.period))
    }

    /// For what never changes.
    init(tls: TLSContext?, credentials: any Credentials) {
        let content = Content(tls: tls, credentials: credentials)
        read = { content }
        now = { .now }
        state = Mutex(State(content: content, fingerprints: []))
    }

    func log(to logger: Logger) { state.withLock { $0.logger = logger } }

    /// What to use now.
    var current: Content {
        let now = now()
        let isDue = state.withLock { state in
            guard !state.content.files.isEmpty, state.nextCheck.map({ now >= $0 }) ?? true else { return false }
            state.nextCheck = now + Self.period
            return true
        }
        if isDue { check() }
        return state.withLock { $0.content }
    }

    /// The server does not accept what it was given.
    func refused() {
        state.withLock { $0.nextCheck = nil }
        current.credentials.refused()
    }

    private func check() {
        let (files, known) = state.withLock { ($0.content.files, $0.fingerprints) }
        // The fingerprints are taken before the reading, so that what changes meanwhile is read again.
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
            logger?.info("read the access to the API server again", metadata: ["files": "\(content.files)"])
        } catch {
            let logger = state.withLock { state in
                defer { state.failure = error }
                state.fingerprints = nil
                return state.failure == error ? nil : state.logger
            }
            logger?.warning("the access to the API server stays as it was", metadata: ["error": "\(error)"])
        }
    }
}
