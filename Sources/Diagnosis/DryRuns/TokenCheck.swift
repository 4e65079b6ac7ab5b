internal import JSON
internal import Kubernetes
internal import KubernetesObjects
internal import NIOCore
internal import NIOHTTP1

/// A token that a pod would request from the kubelet.
struct TokenWish: Equatable, Sendable {
    let account: NamespacedName
    let audience: String
    let seconds: Int64

    init(_ account: NamespacedName, audience: String, seconds: Int64) {
        self.account = account
        self.audience = audience
        self.seconds = seconds
    }
}

/// Requests a token as the kubelet does. The API server may issue shorter ones than requested
/// (`--service-account-max-token-expiration`). The token itself is not shown to anyone.
struct TokenCheck: Sendable {
    let client: APIClient

    /// Requests the longest token for each audience: whatever shortens it applies to all.
    func findings(_ wishes: [TokenWish]) async throws(KubernetesError) -> [Finding] {
        var findings: [Finding] = []
        for audience in Set(wishes.map(\.audience)).sorted() {
            let same = wishes.filter { $0.audience == audience }
            guard let longest = same.max(by: { $0.seconds < $1.seconds }) else { continue }
            findings.append(try await finding(longest, among: same))
        }
        return findings
    }

    private func finding(_ wish: TokenWish, among all: [TokenWish]) async throws(KubernetesError) -> Finding {
        let topic = Finding.Topic(.serviceAccounts, "\(wish.account)")
        let what = "a token for \(wish.audience)"
        let seconds: Int64
        do throws(KubernetesError) {
            seconds = try await request(wish)
        } catch {
            // An error of a server that is overloaded or faulty says nothing about the token.
            guard case .refused(let status) = error, ![401, 403, 429].contains(status.code), status.code < 500 else {
                throw error
            }
            let message = "the API server gives no token for \(wish.audience), so the pods cannot start: "
            return topic.problem(.tokenRefused, message + (status.message ?? "\(status)"))
        }
        guard seconds < wish.seconds else {
            return topic.ok(.tokenGranted, "\(what) is valid for \(wish.seconds) seconds, as requested")
        }
        let others = all.count { $0.account != wish.account && $0.seconds > seconds }
        let rest = others > 0 ? "; \(others) more ServiceAccounts get less than they request" : ""
        let message =
            "\(what) is valid for \(seconds) seconds, not \(wish.seconds) as requested: the API server has "
            + "--service-account-max-token-expiration\(rest)"
        return topic.warning(.tokenShortened, message)
    }

    /// - Returns: The number of seconds for which the token is valid.
    private func request(_ wish: TokenWish) async throws(KubernetesError) -> Int64 {
        do throws(KubernetesError) {
            return try await request(wish, query: [("dryRun", "All")])
        } catch {
            // A server that does not support dry runs of this request stores nothing without one, either.
            guard case .refused(let status) = error, status.code == 400 else { throw error }
            return try await request(wish, query: [])
        }
    }

    private func request(
        _ wish: TokenWish,
        query: [(name: String, value: String)]
    ) async throws(KubernetesError) -> Int64 {
        let path = "/api/v1/namespaces/\(wish.account.namespace)/serviceaccounts/\(wish.account.name)/token"
        let body = ByteBuffer(bytes: Self.body(wish))
        let response = try await client.send(
            APIRequest(.POST, path: path, query: query, body: ("application/json", body))
        )
        // The server writes the actual lifetime there; the time in the status is by its own clock.
        return try response.parse { $0["spec"]?["expirationSeconds"]?.int ?? wish.seconds }
    }

    /// A TokenRequest (authentication.k8s.io/v1).
    static func body(_ wish: TokenWish) -> [UInt8] {
        var writer = JSONWriter()
        writer.object { root in
            root.member("apiVersion", "authentication.k8s.io/v1")
            root.member("kind", "TokenRequest")
            root.key("spec")
            root.object { spec in
                spec.key("audiences")
                spec.array { $0.string(wish.audience) }
                spec.member("expirationSeconds", wish.seconds)
            }
        }
        return writer.bytes
    }
}
