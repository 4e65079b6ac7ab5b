package import Logging
package import NIOCore
internal import NIOHTTP1
package import NIOOpenSSL

/// Speaks HTTP/1.1 with one server, with or without TLS, directly or through a proxy. Requests reuse idle connections;
/// each stream has its own connection.
package final class HTTPClient: Sendable {
    package struct Options: Sendable {
        package var userAgent = "pod-identity-webhook"
        package var connectTimeout = Duration.seconds(10)
        /// The time from sending a request to the end of its response, or to the head of a stream.
        package var responseTimeout = Duration.seconds(30)
        /// The maximum number of bytes of a response's body. A stream has no such limit.
        package var maximumResponseBytes = 2 * 1024 * 1024
        /// The maximum total number of bytes of all bodies longer than 64 KiB. Streams do not count.
        package var responseMemory = 16 * 1024 * 1024
        package var maximumIdleConnections = 8
        /// This should be less than the time after which the server closes an idle connection.
        package var idleConnectionTimeout = Duration.seconds(30)

        package init() {}
    }

    package let server: ServerURL
    package let options: Options
    let tlsServerName: String
    let proxy: ProxyURL?
    let group: any EventLoopGroup
    let pool: ConnectionPool
    let memory: ResponseMemory
    private let logger: Logger

    /// - Parameters:
    ///   - tlsServerName: The name or address that the server's certificate must have, if it is not the host.
    ///   - proxy: The proxy on the way to the server; nil for none. An `https` proxy is authenticated with the server's
    ///     context, as in Go.
    package init(
        _ server: ServerURL,
        tlsServerName: String? = nil,
        proxy: ProxyURL? = nil,
        on group: any EventLoopGroup,
        options: Options = Options(),
        logger: Logger
    ) {
        self.server = server
        self.tlsServerName = tlsServerName ?? server.host
        self.proxy = proxy
        self.group = group
        self.options = options
        self.logger = logger
        pool = ConnectionPool(capacity: options.maximumIdleConnections)
        memory = ResponseMemory(limit: options.responseMemory)
    }

    /// Closes the idle connections; those in use are closed when their response is complete.
    package func shutDown() {
        for channel in pool.close() { channel.close(promise: nil) }
    }

    /// Sends the request on an idle connection, or on a new one. The server may close an idle connection at the same
    /// moment: in this case, the request is sent on a new one, if it may be sent twice.
    ///
    /// - Parameter tls: The context for the connection; nil for plain HTTP.
    /// - Throws: `HTTPClientError.refused` for a status other than 2xx.
    package func send(
        _ request: HTTPClientRequest,
        tls: TLSContext? = nil
    ) async throws(HTTPClientError) -> HTTPClientResponse {
        if request.isIdempotent, !request.needsNewConnection, let channel = pool.take(madeWith: tls) {
            let result = await exchange(request, on: channel).perform(on: channel)
            guard case .failure(let failure) = result, failure.mayTryAgain else {
                return try result.mapError(describe).get()
            }
            logger.debug("an idle connection was closed; retrying on a new one", metadata: ["server": "\(server)"])
        }
        let channel = try await connect(tls)
        return try await exchange(request, on: channel).perform(on: channel).mapError(describe).get()
    }

    /// Sends the request on a new connection, and returns when the head of the response has arrived.
    ///
    /// - Parameters:
    ///   - tls: The context for the connection; nil for plain HTTP.
    ///   - idleTimeout: How long the server may be silent.
    /// - Throws: `HTTPClientError.refused` for a status other than 2xx.
    package func stream(
        _ request: HTTPClientRequest,
        tls: TLSContext? = nil,
        idleTimeout: Duration
    ) async throws(HTTPClientError) -> ResponseBody {
        let channel = try await connect(tls)
        let body = Exchange.Body.makeSequence(
            elementType: ByteBuffer.self,
            failureType: (any Error).self,
            // Each part has a little more than 64 KiB at most.
            backPressureStrategy: .init(lowWatermark: 2, highWatermark: 8),
            finishOnDeinit: true,
            delegate: BodyDelegate(channel: channel)
        )
        let stream = Exchange.Stream(source: body.source, idleTimeout: .init(idleTimeout))
        _ = try await exchange(request, stream, on: channel).perform(on: channel).mapError(describe).get()
        return ResponseBody(body.sequence, channel)
    }

    private func exchange(
        _ request: HTTPClientRequest,
        _ stream: Exchange.Stream? = nil,
        on channel: any Channel
    ) -> Exchange {
        var headers: HTTPHeaders = ["Host": server.authority, "User-Agent": options.userAgent]
        headers.add(contentsOf: request.headers)
        if let body = request.body { headers.add(name: "Content-Length", value: "\(body.readableBytes)") }
        var uri = server.pathPrefix + request.target
        if let proxy, forwardsRequests {
            uri = "http://\(server.authority)\(uri)"
            if let value = proxy.authorization { headers.add(name: "Proxy-Authorization", value: value) }
        }
        return Exchange(
            head: HTTPRequestHead(version: .http1_1, method: request.method, uri: uri, headers: headers),
            body: request.body,
            timeout: .init(options.responseTimeout),
            limit: options.maximumResponseBytes,
            stream: stream,
            promise: channel.eventLoop.makePromise()
        )
    }

    /// Only proxies respond with 407 (RFC 9110, 15.5.8).
    private func describe(_ failure: ExchangeFailure) -> HTTPClientError {
        guard let proxy, case .refused(407, _, _) = failure.error else { return failure.error }
        return .proxy(proxy, ProxyFailure.unauthorized(proxy))
    }
}
