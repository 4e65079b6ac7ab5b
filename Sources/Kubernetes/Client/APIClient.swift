internal import JSON
package import Logging
package import NIOCore
internal import NIOHTTP1
internal import NIOOpenSSL

/// Speaks HTTP/1.1 with the API server: short requests on connections that are used again, watches on their own.
package final class APIClient: Sendable {
    package struct Options: Sendable {
        package var userAgent = "pod-identity-webhook"
        package var connectTimeout = Duration.seconds(10)
        /// From sending a request to the end of its answer, or to the head of a stream.
        package var responseTimeout = Duration.seconds(30)
        /// The most bytes that an answer may have, or a line of a stream: of an object that etcd keeps (1.5 MiB by
        /// default), of annotations of 256 KiB in which each character is escaped, or of a page of a list. The parser may
        /// need twelve times as much for a moment.
        package var maximumAnswer = 2 * 1024 * 1024
        /// The most bytes that all answers may have together which are longer than 64 KiB; streams are not among them.
        package var answerMemory = 16 * 1024 * 1024
        package var maximumIdleConnections = 8
        /// Less than the 90 seconds after which the API server gives up an idle connection.
        package var idleConnectionTimeout = Duration.seconds(30)

        package init() {}
    }

    package let configuration: ClusterConfiguration
    private let options: Options
    private let logger: Logger
    private let pool: ConnectionPool
    private let connector: Connector

    package init(
        _ configuration: ClusterConfiguration,
        on group: any EventLoopGroup,
        options: Options = Options(),
        logger: Logger
    ) {
        self.configuration = configuration
        self.options = options
        self.logger = logger
        pool = ConnectionPool(capacity: options.maximumIdleConnections)
        connector = Connector(configuration, on: group, options: options, pool: pool)
        configuration.access.log(to: logger)
    }

    package var server: ServerURL { configuration.server }

    /// The most bytes that an answer may have.
    package var maximumAnswer: Int { options.maximumAnswer }

    /// Closes the connections that wait; those in use are closed when their answer is complete.
    package func shutDown() {
        for channel in pool.close() { channel.close(promise: nil) }
    }

    /// - Throws: `KubernetesError.refused` for an answer other than 2xx.
    package func get(
        _ path: String,
        query: [(name: String, value: String)] = [],
        accept: String = "application/json"
    ) async throws(KubernetesError) -> APIResponse {
        try await send(APIRequest(path: path, query: query, accept: accept))
    }

    /// - Throws: `KubernetesError.refused` for an answer other than 2xx.
    package func send(_ request: APIRequest) async throws(KubernetesError) -> APIResponse {
        try await authorized { identity throws(KubernetesError) in
            let response = try await self.attempt(request, as: identity)
            guard (200..<300).contains(response.status) else { throw .refused(APIStatus(response)) }
            return response
        }
    }

    /// The answer line by line, as a watch needs it.
    ///
    /// - Parameter idleTimeout: A server that sends nothing for so long counts as gone.
    /// - Throws: `KubernetesError.refused` for an answer other than 2xx.
    package func stream(
        _ request: APIRequest,
        idleTimeout: Duration
    ) async throws(KubernetesError) -> LineStream {
        LineStream(try await parts(request, idleTimeout: idleTimeout), limit: options.maximumAnswer)
    }

    /// The answer as it comes, of any length.
    func parts(
        _ request: APIRequest,
        idleTimeout: Duration? = nil
    ) async throws(KubernetesError) -> BodyParts {
        let idleTimeout = idleTimeout ?? options.responseTimeout
        let (body, channel) = try await authorized { identity throws(KubernetesError) in
            try await self.attemptStream(request, idleTimeout: idleTimeout, as: identity)
        }
        return BodyParts(body, channel) { [connector] error in connector.translate(error) }
    }

    /// Who we are, and what a connection is made with.
    private struct Identity: Sendable {
        let authorization: String?
        let tls: TLSContext?

        static func != (left: Identity, right: Identity) -> Bool {
            left.authorization != right.authorization || left.tls !== right.tls
        }
    }

    private func identity() async throws(KubernetesError) -> Identity {
        let access = configuration.access.current
        return Identity(
            authorization: try await access.credentials.authorization(),
            tls: try await access.credentials.tlsContext() ?? access.tls
        )
    }

    /// Runs `body` with the credentials, and once more after a 401 if there are others then: a token that has expired
    /// may have been replaced in its file.
    private func authorized<Result: Sendable>(
        _ body: @Sendable (Identity) async throws(KubernetesError) -> Result
    ) async throws(KubernetesError) -> Result {
        let identity = try await identity()
        do {
            return try await body(identity)
        } catch {
            guard case .refused(let status) = error, status.code == 401 else { throw error }
            var renewed = try await self.identity()
            // Another request may have renewed them meanwhile.
            if !(renewed != identity) {
                configuration.access.refused()
                renewed = try await self.identity()
            }
            guard renewed != identity else { throw error }
            logger.debug("the API server refused the credentials, trying again with new ones")
            return try await body(renewed)
        }
    }

    /// A connection that waited may have been closed by the server at the same moment: then the request goes over a new
    /// one, if it may be sent twice.
    private func attempt(_ request: APIRequest, as identity: Identity) async throws(KubernetesError) -> APIResponse {
        if request.isIdempotent, !request.needsNewConnection, let channel = pool.take(madeWith: identity.tls) {
            do {
                return try await exchange(request, identity, on: channel)
            } catch let failure where failure.beforeResponse && !failure.isDeadline && !Task.isCancelled {
                logger.debug("a connection to the API server was closed while it was idle, using a new one")
            } catch {
                throw connector.translate(error.error)
            }
        }
        let channel = try await connector.connect(identity.tls)
        do {
            return try await exchange(request, identity, on: channel)
        } catch {
            throw connector.translate(error.error)
        }
    }

    private func exchange(
        _ request: APIRequest,
        _ identity: Identity,
        on channel: any Channel
    ) async throws(ExchangeFailure) -> APIResponse {
        let exchange = makeExchange(request, identity, answer: .whole, on: channel)
        return try await channel.perform(exchange)
    }

    private func attemptStream(
        _ request: APIRequest,
        idleTimeout: Duration,
        as identity: Identity
    ) async throws(KubernetesError) -> (Exchange.Body, any Channel) {
        let channel = try await connector.connect(identity.tls)
        let body = Exchange.Body.makeSequence(
            elementType: ByteBuffer.self,
            failureType: (any Error).self,
            // Parts of up to 64 KiB and a bit.
            backPressureStrategy: .init(lowWatermark: 2, highWatermark: 8),
            finishOnDeinit: true,
            delegate: BodyDelegate(channel: channel)
        )
        let answer = Exchange.Answer.stream(source: body.source, idleTimeout: .init(idleTimeout))
        let response: APIResponse
        do {
            response = try await channel.perform(makeExchange(request, identity, answer: answer, on: channel))
        } catch {
            throw connector.translate(error.error)
        }
        guard (200..<300).contains(response.status) else { throw .refused(APIStatus(response)) }
        return (body.sequence, channel)
    }

    private func makeExchange(
        _ request: APIRequest,
        _ identity: Identity,
        answer: Exchange.Answer,
        on channel: any Channel
    ) -> Exchange {
        var headers: HTTPHeaders = [
            "Host": server.authority, "User-Agent": options.userAgent, "Accept": request.accept,
        ]
        for (name, value) in request.headers { headers.add(name: name, value: value) }
        if let authorization = identity.authorization { headers.add(name: "Authorization", value: authorization) }
        if let body = request.body {
            headers.add(name: "Content-Type", value: body.type)
            headers.add(name: "Content-Length", value: String(body.bytes.readableBytes))
        }
        let uri = server.pathPrefix + request.target
        return Exchange(
            head: HTTPRequestHead(version: .http1_1, method: request.method, uri: uri, headers: headers),
            body: request.body?.bytes,
            timeout: .init(options.responseTimeout),
            limit: options.maximumAnswer,
            answer: answer,
            promise: channel.eventLoop.makePromise()
        )
    }
}

extension ExchangeFailure {
    /// A server that is slow once is not asked again.
    fileprivate var isDeadline: Bool {
        if case .responseTimeout = error as? ExchangeError { true } else { false }
    }
}

extension Channel {
    /// Cancelling the task closes the connection; it is not waited for, as TLS may take seconds to say goodbye.
    fileprivate func perform(_ exchange: Exchange) async throws(ExchangeFailure) -> APIResponse {
        do {
            return try await withTaskCancellationHandler {
                writeAndFlush(exchange).whenFailure { error in
                    exchange.promise.fail(ExchangeFailure(error: error, beforeResponse: true))
                }
                return try await exchange.promise.futureResult.get()
            } onCancel: {
                exchange.promise.fail(ExchangeFailure(error: CancellationError(), beforeResponse: true))
                close(promise: nil)
            }
        } catch let failure as ExchangeFailure {
            throw failure
        } catch {
            throw ExchangeFailure(error: error, beforeResponse: false)
        }
    }
}

extension APIStatus {
    /// What an answer other than 2xx says.
    init(_ response: APIResponse) {
        let parsed = try? response.body.withUnsafeReadableBytes { bytes in
            try JSONParser().parse(bytes) { APIStatus($0, code: response.status) }
        }
        self = parsed ?? APIStatus(code: response.status)
        if retryAfter == nil, let seconds = response.headers.first(name: "Retry-After").flatMap(Int.init), seconds > 0 {
            retryAfter = .seconds(seconds)
        }
        if reason == nil, message == nil {
            let text = String(decoding: response.body.readableBytesView.prefix(200), as: UTF8.self)
            message = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        }
    }
}
