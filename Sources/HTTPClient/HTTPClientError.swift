internal import Glibc
package import NIOCore
package import NIOHTTP1
package import NIOOpenSSL
internal import NIOPosix

/// Why there is no 2xx response. The descriptions refer to the server as "it".
package enum HTTPClientError: Error, Equatable, Sendable {
    /// What the client was waiting for.
    package enum Step: String, Sendable {
        case connection = "the connection"
        case response = "its answer"
        case nextPart = "the next part of its answer"
    }

    /// The status is not 2xx. At most 64 KiB of the body are kept.
    case refused(status: Int, headers: HTTPHeaders, body: ByteBuffer)
    /// There is no connection, or it broke.
    case connection(reason: String)
    /// The certificate of the server, or its name, did not verify: a `TLSError.certificateRejected`.
    case untrusted(TLSError)
    case timedOut(Step, limit: Duration)
    case notHTTP(reason: String)
    /// The body has more bytes than `limit`.
    case responseTooLarge(limit: Int)
    /// The bodies of all responses together would have more bytes than `limit`.
    case responseMemoryExhausted(limit: Int)
    /// The task was cancelled.
    case cancelled

    /// The server closed the connection before the response was complete.
    package static let closedEarly = Self.connection(reason: "it closed the connection before its answer was complete")
}

extension HTTPClientError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .refused(let status, _, _): "it answered with status \(status)"
        case .connection(let reason): reason
        case .untrusted(let error): "\(error)"
        case .timedOut(let step, let limit): "\(step.rawValue) did not come within \(limit)"
        case .notHTTP(let reason): "it is not HTTP/1.1 (\(reason))"
        case .responseTooLarge(let limit): "it is larger than \(limit) bytes"
        case .responseMemoryExhausted(let limit):
            "its answers together exceed \(limit) bytes, so this one has to wait"
        case .cancelled: "cancelled"
        }
    }
}

extension HTTPClientError {
    /// The proxy does not connect to the server, because it cannot be reached or refuses to.
    static func proxy(_ proxy: ProxyURL, _ error: any Error) -> Self {
        let reason = (error as? ProxyFailure)?.reason ?? "cannot be reached: \(HTTPClientError(error))"
        return .connection(reason: "the proxy \(proxy) \(reason)")
    }

    /// Describes an error that a connection reports.
    init(_ error: any Error) {
        switch error {
        case let error as HTTPClientError: self = error
        case is CancellationError: self = .cancelled
        case let error as TLSError where error.isRejection: self = .untrusted(error)
        case HTTPParserError.invalidEOFState, ChannelError.ioOnClosedChannel, ChannelError.eof,
            ChannelError.alreadyClosed:
            self = .closedEarly
        case ChannelError.connectTimeout(let limit): self = .timedOut(.connection, limit: Duration(limit))
        case let error as HTTPParserError: self = .notHTTP(reason: "\(error)")
        case let error as NIOConnectionError: self = .connection(reason: Self.reason(error))
        default: self = .connection(reason: "\(error)")
        }
    }

    private static func reason(_ error: NIOConnectionError) -> String {
        if let failure = error.dnsAError ?? error.dnsAAAAError, error.connectionErrors.isEmpty {
            let reason = (failure as? SocketAddressError.UnknownHost)?.errorDescription ?? "\(failure)"
            return "the name \(error.host) cannot be resolved: \(reason)"
        }
        return error.connectionErrors.map { failure in
            let address = failure.target.ipAddress ?? "\(failure.target)"
            return "\(address): \(reason(failure.error))"
        }.joined(separator: "; ")
    }

    private static func reason(_ error: any Error) -> String {
        switch error {
        case let error as IOError: error.text
        case ChannelError.connectTimeout(let limit): "no answer within \(Duration(limit))"
        default: "\(error)"
        }
    }
}

extension IOError {
    /// The system's description of the error, without NIO's additions.
    package var text: String { String(cString: strerror(errnoCode)) }
}

extension TLSError {
    fileprivate var isRejection: Bool {
        if case .certificateRejected = self { true } else { false }
    }
}
