internal import FoundationEssentials
package import NIOOpenSSL
internal import ServiceSupport
internal import Synchronization

/// How a client tells the API server who it is, besides a TLS certificate.
package protocol Credentials: Sendable {
    /// The value of the `Authorization` header; nil for none.
    func authorization() async throws(KubernetesError) -> String?

    /// TLS with a certificate of these credentials, instead of the configuration's; nil if they have none.
    func tlsContext() async throws(KubernetesError) -> TLSContext?

    /// The server refused the last credentials with 401: the next call must not return them from a cache.
    func refused()
}

extension Credentials {
    package func tlsContext() async throws(KubernetesError) -> TLSContext? { nil }
}

/// No credentials, or some that never change.
package struct FixedCredentials: Credentials {
    private let header: String?

    private init(header: String?) { self.header = header }

    package static let none = FixedCredentials(header: nil)

    package static func bearer(_ token: String) -> FixedCredentials { .init(header: "Bearer \(token)") }

    /// RFC 7617.
    package static func basic(user: String, password: String) -> FixedCredentials {
        .init(header: "Basic " + Data("\(user):\(password)".utf8).base64EncodedString())
    }

    package func authorization() -> String? { header }

    package func refused() {}
}

/// A bearer token in a file that something else replaces before the token expires, as the kubelet does. The file is read
/// once a minute (client-go does the same; the kubelet renews a token well before its end), and at once after a 401. If it
/// cannot be read then, the last token stays.
package final class TokenFile: Credentials {
    package static let period = Duration.seconds(60)

    private struct State {
        var token: String?
        /// When the token has to be read again.
        var end: ContinuousClock.Instant?
    }

    private let path: String
    private let now: @Sendable () -> ContinuousClock.Instant
    private let state: Mutex<State>

    /// - Parameter initial: The token to use until the file can be read.
    package init(
        path: String,
        initial: String? = nil,
        now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }
    ) {
        self.path = path
        self.now = now
        state = Mutex(State(token: initial))
    }

    package func authorization() throws(KubernetesError) -> String? { "Bearer \(try token())" }

    package func token() throws(KubernetesError) -> String {
        let now = now()
        if let token = state.withLock({ state in state.end.flatMap { now < $0 ? state.token : nil } }) { return token }
        do {
            let token = try read()
            state.withLock { $0 = State(token: token, end: now + Self.period) }
            return token
        } catch {
            guard let token = state.withLock({ $0.token }) else { throw error }
            return token
        }
    }

    package func refused() { state.withLock { $0.end = nil } }

    private func read() throws(KubernetesError) -> String {
        let bytes = try FileReader.contents(of: path, as: "the token")
        let isSpace: (UInt8) -> Bool = { $0 == 0x20 || $0 == 0x0a || $0 == 0x0d || $0 == 0x09 }
        let token = bytes.drop(while: isSpace).reversed().drop(while: isSpace).reversed()
        guard !token.isEmpty, token.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) else {
            throw .configuration(
                source: path,
                field: nil,
                reason: token.isEmpty ? "the file is empty, a token is expected" : "the file holds no bearer token"
            )
        }
        return String(decoding: Array(token), as: UTF8.self)
    }
}
