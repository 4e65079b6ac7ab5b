internal import FoundationEssentials
internal import KubernetesObjects
internal import NIOOpenSSL
internal import NIOPosix
internal import Synchronization

/// The credentials of an `ExecPlugin`, kept until shortly before they expire, or until the server has refused them. The
/// program runs once however many requests wait for it, on a thread that may block.
final class PluginCredentials: Credentials {
    /// In seconds. Credentials are not used for so long before they expire, as a request may take a while.
    static let margin: Int64 = 30

    private struct Held {
        let credential: ExecCredential
        /// TLS with the certificate of the credential; nil if it has none.
        let tls: TLSContext?
    }

    private typealias Outcome = Result<Held, KubernetesError>

    private struct State {
        var held: Held?
        /// The requests that wait for the program; nil while it does not run.
        var waiting: [CheckedContinuation<Outcome?, Never>]?
    }

    private let plugin: ExecPlugin
    /// Nil for plain HTTP.
    private let tls: TLSClientConfiguration?
    private let run: @Sendable (ExecPlugin) throws(KubernetesError) -> ExecCredential
    private let now: @Sendable () -> Timestamp
    private let state = Mutex(State())

    /// - Parameter tls: The configuration that gets a certificate of the plugin.
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

    func refused() { state.withLock { $0.held = nil } }

    private enum Turn {
        case use(Held)
        case run
        case wait
    }

    private func current() async throws(KubernetesError) -> Held {
        while true {
            let turn = state.withLock { state -> Turn in
                if let held = state.held, isFresh(held.credential) { return .use(held) }
                guard state.waiting == nil else { return .wait }
                state.waiting = []
                return .run
            }
            switch turn {
            case .use(let held): return held
            case .run: return try await renew().get()
            case .wait: if let outcome = await nextOutcome() { return try outcome.get() }
            }
        }
    }

    private func isFresh(_ credential: ExecCredential) -> Bool {
        credential.expiration.map { now().seconds < $0.seconds - Self.margin } ?? true
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
            if case .success(let held) = outcome { state.held = held }
            return state.waiting ?? []
        }
        for continuation in waiting { continuation.resume(returning: outcome) }
        return outcome
    }

    /// Returns nil if the program has ended since it was found running.
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
                return Held(credential: credential, tls: nil)
            }
            tls.certificateChain = certificate
            tls.privateKey = credential.key
            do {
                return Held(credential: credential, tls: try TLSContext(client: tls))
            } catch {
                throw plugin.error("gave a certificate that cannot be used: \(error)")
            }
        }
    }
}
