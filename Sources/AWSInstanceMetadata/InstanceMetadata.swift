package import AWSIdentity
package import HTTPClient
package import Logging
package import NIOCore
internal import NIOHTTP1

/// Asks the EC2 instance metadata service (IMDSv2) for the account and region of the machine.
///
/// Each attempt first obtains a session token and sends it with the request; the token is never logged.
package struct InstanceMetadata: Sendable {
    package struct Options: Sendable {
        package var attempts = 5
        /// The pause before the second attempt; it doubles before each further one, up to two seconds.
        package var pause = Duration.milliseconds(250)
        /// An existing service answers within milliseconds; from an unused address, nothing comes back.
        package var connectTimeout = Duration.seconds(1)
        package var responseTimeout = Duration.seconds(2)

        package init() {}
    }

    private static let tokenPath = "/latest/api/token"
    private static let documentPath = "/latest/dynamic/instance-identity/document"
    /// In seconds; the service accepts 1 to 21600.
    private static let tokenLifetime = 60

    private let options: Options
    private let client: HTTPClient
    private let logger: Logger

    package init(endpoint: ServerURL, on group: any EventLoopGroup, options: Options = Options(), logger: Logger) {
        self.options = options
        self.logger = logger
        var clientOptions = HTTPClient.Options()
        clientOptions.connectTimeout = options.connectTimeout
        clientOptions.responseTimeout = options.responseTimeout
        clientOptions.maximumResponseBytes = 64 * 1024
        clientOptions.maximumIdleConnections = 0
        client = HTTPClient(endpoint, on: group, options: clientOptions, logger: logger)
    }

    private var endpoint: String { "\(client.server)" }

    /// - Throws: `InstanceMetadataError` of the last attempt. A refusal is final.
    package func identity() async throws(InstanceMetadataError) -> InstanceIdentity {
        var pause = options.pause
        for attempt in 1..<max(2, options.attempts) {
            do {
                return try await attemptIdentity()
            } catch {
                guard error.isWorthAnotherAttempt, !Task.isCancelled else { throw error }
                logger.warning(
                    "instance metadata could not be read; retrying",
                    metadata: [
                        "attempt": .stringConvertible(attempt), "attempts": .stringConvertible(options.attempts),
                        "error": "\(error)",
                    ]
                )
                try? await Task.sleep(for: pause)
                pause = min(pause * 2, .seconds(2))
            }
        }
        return try await attemptIdentity()
    }

    private func attemptIdentity() async throws(InstanceMetadataError) -> InstanceIdentity {
        let lifetime = ("X-aws-ec2-metadata-token-ttl-seconds", "\(Self.tokenLifetime)")
        let put = HTTPClientRequest(
            .PUT,
            path: Self.tokenPath,
            headers: HTTPHeaders([("Accept", "*/*"), lifetime]),
            body: ByteBuffer()
        )
        let token = String(decoding: try await send(put), as: UTF8.self)
        guard !token.isEmpty, token.utf8.allSatisfy({ (0x21...0x7e).contains($0) }) else {
            throw .malformedAnswer(endpoint: endpoint, reason: "the session token is not a line of ASCII text")
        }
        let headers = HTTPHeaders([("Accept", "*/*"), ("X-aws-ec2-metadata-token", token)])
        let get = HTTPClientRequest(path: Self.documentPath, headers: headers)
        let document = try await send(get)
        do {
            return try InstanceIdentity(document: document)
        } catch {
            throw .malformedAnswer(endpoint: endpoint, reason: "\(error)")
        }
    }

    private func send(_ request: HTTPClientRequest) async throws(InstanceMetadataError) -> [UInt8] {
        do {
            return Array(try await client.send(request).body.readableBytesView)
        } catch {
            switch error {
            case .refused(let status, _, _): throw .refused(endpoint: endpoint, status: status)
            case .connection, .untrusted, .timedOut, .responseMemoryExhausted, .cancelled:
                throw .unavailable(endpoint: endpoint, reason: "\(error)")
            case .notHTTP, .responseTooLarge: throw .malformedAnswer(endpoint: endpoint, reason: "\(error)")
            }
        }
    }
}

extension InstanceMetadataError {
    /// A token that is refused (401) may have expired; any other 4xx status would be the same the next time.
    fileprivate var isWorthAnotherAttempt: Bool {
        switch self {
        case .configuration: false
        case .refused(_, let status): status == 401 || status == 429 || status >= 500
        case .unavailable, .malformedAnswer: true
        }
    }
}
