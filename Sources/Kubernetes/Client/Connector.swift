internal import Glibc
internal import NIOCore
internal import NIOHTTP1
internal import NIOOpenSSL
internal import NIOPosix

/// Opens connections to the API server, and puts what goes wrong on them into words.
struct Connector: Sendable {
    private let configuration: ClusterConfiguration
    private let group: any EventLoopGroup
    private let options: APIClient.Options
    private let pool: ConnectionPool
    private let memory: AnswerMemory

    init(
        _ configuration: ClusterConfiguration,
        on group: any EventLoopGroup,
        options: APIClient.Options,
        pool: ConnectionPool
    ) {
        self.configuration = configuration
        self.group = group
        self.options = options
        self.pool = pool
        memory = AnswerMemory(limit: options.answerMemory)
    }

    /// A connection that is ready for an exchange. Cancelling the task gives it up.
    ///
    /// - Parameter tls: nil for plain HTTP.
    func connect(_ tls: TLSContext?) async throws(KubernetesError) -> any Channel {
        let loop = group.any()
        let connected = loop.makePromise(of: (any Channel).self)
        let server = configuration.server
        let opened = bootstrap(on: loop, tls).connect(host: server.host, port: server.port).flatMap { Self.ready($0) }
        opened.whenComplete { [pool] result in
            connected.completeWith(result)
            guard case .success(let channel) = result else { return }
            channel.closeFuture.whenComplete { _ in pool.remove(channel) }
            connected.futureResult.whenFailure { _ in channel.close(promise: nil) }
        }
        do {
            return try await withTaskCancellationHandler {
                try await connected.futureResult.get()
            } onCancel: {
                connected.fail(CancellationError())
            }
        } catch {
            throw translate(error)
        }
    }

    /// A handshake that failed must be seen here: later the reason is lost with the channel.
    private static func ready(_ channel: any Channel) -> EventLoopFuture<any Channel> {
        do {
            let handler = try channel.pipeline.syncOperations.handler(type: ExchangeHandler.self)
            guard let ready = handler.ready else { return channel.eventLoop.makeSucceededFuture(channel) }
            return ready.map { channel }
        } catch {
            return channel.eventLoop.makeFailedFuture(error)
        }
    }

    /// For the head of an answer, and the trailer.
    private static var headLimits: NIOHTTPDecoderLimitConfiguration {
        var limits = NIOHTTPDecoderLimitConfiguration()
        limits.maxHeaderFieldSize = 16 * 1024
        limits.maxHeaderListSize = 64 * 1024
        limits.maxHeaderFieldCount = 128
        return limits
    }

    private func bootstrap(on loop: any EventLoop, _ tls: TLSContext?) -> ClientBootstrap {
        let timeout = TimeAmount(options.connectTimeout)
        return ClientBootstrap(group: loop)
            .connectTimeout(timeout)
            .channelOption(.socketOption(.so_keepalive), value: 1)
            // A peer that is gone without a word is noticed within a minute.
            .channelOption(.tcpOption(.init(rawValue: TCP_KEEPIDLE)), value: 30)
            .channelOption(.tcpOption(.init(rawValue: TCP_KEEPINTVL)), value: 10)
            .channelOption(.tcpOption(.init(rawValue: TCP_KEEPCNT)), value: 3)
            .channelOption(.tcpOption(.init(rawValue: TCP_USER_TIMEOUT)), value: 60_000)
            .channelInitializer { [configuration, options, pool, memory] channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    if let context = tls {
                        try pipeline.addHandler(
                            TLSHandler(
                                clientContext: context,
                                serverName: configuration.tlsServerName,
                                handshakeTimeout: timeout
                            )
                        )
                    }
                    try pipeline.addHTTPClientHandlers(decoderLimitConfiguration: Self.headLimits)
                    let idleTimeout = TimeAmount(options.idleConnectionTimeout)
                    try pipeline.addHandler(
                        ExchangeHandler(tls: tls, pool: pool, memory: memory, idleTimeout: idleTimeout)
                    )
                }
            }
    }

    func translate(_ error: any Error) -> KubernetesError {
        let server = "\(configuration.server)"
        switch error {
        case let error as KubernetesError: return error
        case is CancellationError: return .cancelled
        case let error as ExchangeFailure: return translate(error.error)
        case _ where Task.isCancelled: return .cancelled
        case ExchangeError.responseTimeout:
            return .timedOut(what: "its answer", server: server, limit: options.responseTimeout)
        case ExchangeError.idleTimeout(let limit):
            return .timedOut(what: "the next part of a watch", server: server, limit: .nanoseconds(limit.nanoseconds))
        case ExchangeError.answerTooLarge(let limit): return .answerTooLarge(limit: limit)
        case ExchangeError.tooManyLargeAnswers(let limit):
            return .connection(
                server: server,
                reason: "its answers have more than \(limit) bytes together, this one has to wait"
            )
        case ExchangeError.closedEarly, HTTPParserError.invalidEOFState, ChannelError.ioOnClosedChannel,
            ChannelError.eof, ChannelError.alreadyClosed:
            return .connection(server: server, reason: "it closed the connection before its answer was complete")
        case ChannelError.connectTimeout:
            return .timedOut(what: "the connection", server: server, limit: options.connectTimeout)
        case let error as HTTPParserError:
            return .malformedAnswer("what \(server) sent is not HTTP/1.1 (\(error))")
        case let error as NIOConnectionError: return .connection(server: server, reason: Self.reason(error))
        default: return .connection(server: server, reason: "\(error)")
        }
    }

    private static func reason(_ error: NIOConnectionError) -> String {
        if let failure = error.dnsAError ?? error.dnsAAAAError, error.connectionErrors.isEmpty {
            return "the name cannot be resolved: \(failure)"
        }
        return error.connectionErrors.map { failure in
            let address = failure.target.ipAddress ?? "\(failure.target)"
            return "\(address): " + ((failure.error as? IOError).map(\.text) ?? "\(failure.error)")
        }.joined(separator: "; ")
    }
}

extension IOError {
    fileprivate var text: String { String(cString: strerror(errnoCode)) }
}
