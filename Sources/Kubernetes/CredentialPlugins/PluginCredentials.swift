internal import FoundationEssentials
internal import KubernetesObjects
internal import NIOOpenSSL
internal import NIOPosix
internal import Synchronization

/// The credentials of an `ExecPlugin`, cached until shortly before they expire or until the server refuses them.
/// However many requests wait for them, the program runs only once, on a thread that may block.
final class PluginCredentials: Credentials {
    /// How many seconds before their expiry credentials are dropped, because a request may take a while.
    static let expirationMargin: Int64 = 30

    private struct Cached {
        let credential: ExecCredential
        /// The context with the plugin's certificate, if there is one.
        let tls: TLSContext?
    }

    private typealias Outcome = Result<Cached, KubernetesError>

    private struct State {
        var cached: Cached?
        /// The requests that wait for the program; nil while it does not run.
        var waiting: [CheckedContinuation<Outcome?, Never>]?
    }

    private let plugin: ExecPlugin
    /// The configuration to add the plugin's certificate to; nil for plain HTTP.
    private let tls: TLSClientConfiguration?
    private let run: @Sendable (ExecPlugin) throws(KubernetesError) -> ExecCredential
    private let now: @Sendable () -> Timestamp
    private let state = Mutex(State())

    /// - Parameter tls: The configuration to add the plugin's certificate to; nil for plain HTTP.
    init(
        _ plugin: ExecPlugin,
        tls: TLSClientConfiguration?,
        now: @escaping @Sendable () -> Timestamp = { Timestamp(seconds: Int64(Date().timeIntervalSince1970)) },
        run: @escaping @Sendable (ExecPlugin) throws(KubernetesError) -> ExecCredential = {
            plugin throws(KubernetesError) in try plugin.run()
        }
    ) {
        self.plugin = plugin
        self.tls = tls
        self.now = now
        self.run = run
    }

    func authorization() async throws(KubernetesError) -> String? {
        try await current().credential.token.map { "Bearer \($0)" }
    }

    func tlsContext() async throws(KubernetesError) -> TLSContext? { try await current().tls }

    func refused() { state.withLock { $0.cached = nil } }

    private enum Turn {
        case use(Cached)
        case run
        case wait
    }

    private func current() async throws(KubernetesError) -> Cached {
        while true {
            let turn = state.withLock { state -> Turn in
                if let cached = state.cached, isFresh(cached.credential) { return .use(cached) }
                guard state.waiting == nil else { return .wait }
                state.waiting = []
                return .run
            }
            switch turn {
            case .use(let cached): return cached
            case .run: return try await renew().get()
            case .wait: if let outcome = await nextOutcome() { return try outcome.get() }
            }
        }
    }

    private func isFresh(_ credential: ExecCredential) -> Bool {
        credential.expiration.map { now().seconds < $0.seconds - Self.expirationMargin } ?? true
    }

    private func renew() async -> Outcome {
        let outcome: Outcome
        do {
            outcome = try await NIOThreadPool.singleton.runIfActive { self.obtain() }
        } catch {
            outcome = .failure(.cancelled)
        }
        let waiting = state.withLock { state in
            defer { state.waiting = nil }
            if case .success(let cached) = outcome { state.cached = cached }
            return state.waiting ?? []
        }
        for continuation in waiting { continuation.resume(returning: outcome) }
        return outcome
    }

    /// The outcome of the running program; nil if the program has ended in the meantime.
    private func nextOutcome() async -> Outcome? {
        await withCheckedContinuation { (continuation: CheckedContinuation<Outcome?, Never>) in
            let isRunning = state.withLock { state in
                state.waiting?.append(continuation)
                return state.waiting != nil
            }
            if !isRunning { continuation.resume(returning: nil) }
        }
    }

    private func obtain() -> Outcome {
        Outcome { () throws(KubernetesError) in
            let credential = try run(plugin)
            guard var tls, let certificate = credential.certificate else {
                return Cached(credential: credential, tls: nil)
            }
            tls.certificateChain = certificate
            tls.privateKey = credential.key
            do {
                return Cached(credential: credential, tls: try TLSContext(client: tls))
            } catch {
                throw plugin.error("returned an unusable certificate: \(error)")
            }
        }
    }
}
