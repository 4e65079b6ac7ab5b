package import HTTPClient
package import Logging
package import NIOCore
internal import NIOHTTP1
package import NIOOpenSSL

/// Asks AWS STS for a session of a role, with the token of a pod and no other credentials: `AssumeRoleWithWebIdentity`.
/// Nothing of the session is kept except the name under which the role was assumed.
package struct SecurityTokenService: Sendable {
    package struct Options: Sendable {
        /// The number of attempts for each request that STS defers.
        package var attempts = 4
        /// The pause before the second attempt; it doubles before each further one.
        package var pause = Duration.seconds(1)
        package var connectTimeout = Duration.seconds(5)
        /// STS itself waits about five seconds for an issuer.
        package var responseTimeout = Duration.seconds(15)

        package init() {}
    }

    /// A session policy that permits nothing, in addition to the limits of the role.
    static let denyAll =
        #"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}]}"#
    /// CloudTrail shows this name.
    package static let sessionName = "pod-identity-webhook-doctor"
    /// In seconds; the minimum that STS accepts.
    static let duration = 900
    /// Requests of a server to wait longer are not honoured.
    private static let longestPause = Duration.seconds(20)

    private let endpoint: STSEndpoint
    private let client: HTTPClient
    private let tls: TLSContext?
    private let options: Options

    /// - Parameters:
    ///   - tls: Authenticates STS; nil for plain HTTP.
    ///   - proxy: Nil for none.
    package init(
        _ endpoint: STSEndpoint,
        tls: TLSContext?,
        proxy: ProxyURL?,
        on group: any EventLoopGroup,
        options: Options = Options(),
        logger: Logger
    ) {
        self.endpoint = endpoint
        self.tls = tls
        self.options = options
        var clientOptions = HTTPClient.Options()
        clientOptions.connectTimeout = options.connectTimeout
        clientOptions.responseTimeout = options.responseTimeout
        clientOptions.maximumResponseBytes = 64 * 1024
        clientOptions.maximumIdleConnections = 0
        client = HTTPClient(endpoint.url, proxy: proxy, on: group, options: clientOptions, logger: logger)
    }

    /// - Returns: The ARN of the session: `arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION`.
    package func assume(role: String, with token: WebIdentityToken) async throws(STSError) -> String {
        var pause = options.pause
        for _ in 1..<max(2, options.attempts) {
            let (error, wish) = await attempt(role, token)
            switch error {
            case .success(let arn): return arn
            case .failure(let error):
                guard error.isTemporary, !Task.isCancelled else { throw error }
                try? await Task.sleep(for: min(Self.longestPause, max(pause, wish ?? .zero)))
                pause *= 2
            }
        }
        return try await attempt(role, token).0.get()
    }

    /// - Returns: The wish is how long STS asks to wait before another attempt.
    private func attempt(
        _ role: String,
        _ token: WebIdentityToken
    ) async -> (Result<String, STSError>, wish: Duration?) {
        let headers: HTTPHeaders = [
            "Content-Type": "application/x-www-form-urlencoded; charset=utf-8", "Accept": "text/xml",
        ]
        let request = HTTPClientRequest(.POST, path: "/", headers: headers, body: Self.body(role, token))
        do throws(HTTPClientError) {
            let response = try await client.send(request, tls: tls)
            let path = ["AssumeRoleWithWebIdentityResult", "AssumedRoleUser", "Arn"]
            guard let arn = ElementText.find(path, in: response.body.readableBytesView), !arn.isEmpty else {
                return (.failure(.malformedAnswer(endpoint: "\(endpoint)", reason: "it names no assumed role")), nil)
            }
            return (.success(arn), nil)
        } catch {
            guard case .refused(let status, let headers, _) = error else { return (.failure(describe(error)), nil) }
            let wish = headers.first(name: "Retry-After").flatMap { Int($0) }.map { Duration.seconds(max(0, $0)) }
            return (.failure(describe(error, status)), wish)
        }
    }

    private static func body(_ role: String, _ token: WebIdentityToken) -> ByteBuffer {
        var form = FormBody()
        form.add("Action", "AssumeRoleWithWebIdentity")
        form.add("Version", "2011-06-15")
        form.add("RoleArn", role)
        form.add("RoleSessionName", sessionName)
        form.add("DurationSeconds", "\(duration)")
        form.add("Policy", denyAll)
        token.write(to: &form)
        return form.buffer
    }

    private func describe(_ error: HTTPClientError, _ status: Int = 0) -> STSError {
        guard case .refused(_, _, let body) = error else {
            switch error {
            case .notHTTP, .responseTooLarge: return .malformedAnswer(endpoint: "\(endpoint)", reason: "\(error)")
            default: return .unavailable(endpoint: "\(endpoint)", reason: "\(error)")
            }
        }
        let bytes = body.readableBytesView
        let code = ElementText.find(["Error", "Code"], in: bytes)
        let message = ElementText.find(["Error", "Message"], in: bytes) ?? ""
        guard let code, !code.isEmpty else {
            guard status == 429 || status >= 500 else {
                return .malformedAnswer(endpoint: "\(endpoint)", reason: "\(error), without an error of STS")
            }
            return .refused(status: status, code: "", message: "")
        }
        return .refused(status: status, code: code, message: message)
    }
}
