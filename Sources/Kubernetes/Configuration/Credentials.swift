internal import FoundationEssentials
internal import HTTPClient
internal import JSON
package import NIOOpenSSL
internal import ServiceSupport
internal import Synchronization

/// How a client authenticates to the API server, apart from the configured TLS certificate.
package protocol Credentials: Sendable {
    /// The value of the `Authorization` header; nil if none is sent.
    func authorization() async throws(KubernetesError) -> String?

    /// A context with the certificate of these credentials, to use instead of the configured one; nil if they have
    /// none.
    func tlsContext() async throws(KubernetesError) -> TLSContext?

    /// Call this when the server has answered 401, so that the rejected credentials are not returned from a cache
    /// again.
    func refused()
}

extension Credentials {
    package func tlsContext() async throws(KubernetesError) -> TLSContext? { nil }
}

/// Credentials that never change, or none.
package struct FixedCredentials: Credentials {
    private let header: String?

    private init(header: String?) { self.header = header }

    package static let none = FixedCredentials(header: nil)

    package static func bearer(_ token: String) -> FixedCredentials { .init(header: "Bearer \(token)") }

    /// The "Basic" scheme (RFC 7617).
    package static func basic(user: String, password: String) -> FixedCredentials {
        .init(header: "Basic " + Data("\(user):\(password)".utf8).base64EncodedString())
    }

    package func authorization() -> String? { header }

    package func refused() {}
}

/// A bearer token in a file that is rewritten before the token expires, as the kubelet does. The file is read once a
/// minute, as by client-go (the kubelet renews a token well before it expires), and at once after a 401. If it cannot
/// be read, the last token stays in use.
package final class TokenFile: Credentials {
    package static let refreshInterval = Duration.seconds(60)

    private struct State {
        var token: String?
        /// When the file has to be read again.
        var nextRead: ContinuousClock.Instant?
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
        let known = state.withLock { state in state.nextRead.flatMap { now < $0 ? state.token : nil } }
        if let known { return known }
        do {
            let token = try read()
            state.withLock { $0 = State(token: token, nextRead: now + Self.refreshInterval) }
            return token
        } catch {
            guard let token = state.withLock({ $0.token }) else { throw error }
            return token
        }
    }

    package func refused() { state.withLock { $0.nextRead = nil } }

    private func read() throws(KubernetesError) -> String {
        let bytes = try FileReader.contents(of: path, as: "the token")
        let token = bytes.drop(while: \.isSpace).reversed().drop(while: \.isSpace).reversed()
        guard !token.isEmpty, token.isPrintableASCII else {
            throw .configuration(
                source: path,
                field: nil,
                reason: "the file \(token.isEmpty ? "is empty, a token is expected" : "does not hold a bearer token")"
            )
        }
        return String(decoding: Array(token), as: UTF8.self)
    }
}
