internal import Glibc
internal import NIOCore
internal import NIOHTTP1
internal import NIOOpenSSL
internal import NIOPosix

extension HTTPClient {
    /// Returns a connection that is ready for an exchange. Cancelling the task gives up the attempt.
    ///
    /// - Parameter tls: The context for the connection; nil for plain HTTP.
    func connect(_ tls: TLSContext?) async throws(HTTPClientError) -> any Channel {
        if let proxy, proxy.scheme == .https, tls == nil {
            throw .connection(reason: "the proxy \(proxy) works only for https servers: use an http or socks5 proxy")
        }
        let loop = group.any()
        let connected = loop.makePromise(of: (any Channel).self)
        let handshakes = Handshakes.makeBoxSendingValue([:], eventLoop: loop)
        let (host, port) = proxy.map { ($0.host, $0.port) } ?? (server.host, server.port)
        let opened = bootstrap(on: loop, tls, handshakes).connect(host: host, port: port).flatMapErrorThrowing {
            [proxy] error in
            throw proxy.map { HTTPClientError.proxy($0, error) } ?? error
        }.flatMap { channel in
            connected.futureResult.whenFailure { _ in channel.close(promise: nil) }
            let handshake = handshakes.value[ObjectIdentifier(channel)]
            return (handshake ?? loop.makeFailedFuture(HTTPClientError.closedEarly)).map { channel }
        }
        opened.whenComplete { [pool] result in
            connected.completeWith(result)
            guard case .success(let channel) = result else { return }
            channel.closeFuture.whenComplete { _ in pool.remove(channel) }
        }
        do {
            return try await withTaskCancellationHandler {
                try await connected.futureResult.get()
            } onCancel: {
                connected.fail(CancellationError())
            }
        } catch {
            throw Task.isCancelled ? .cancelled : HTTPClientError(error)
        }
    }

    /// The results of the handshakes of all channels that are created for one attempt to connect. They are stored
    /// outside the channels, because a handshake can fail, and its channel lose its handlers, before the channel is
    /// examined.
    private typealias Handshakes = NIOLoopBoundBox<[ObjectIdentifier: EventLoopFuture<Void>]>

    /// The limits of the head of a response, and of its trailer.
    private static var headLimits: NIOHTTPDecoderLimitConfiguration {
        var limits = NIOHTTPDecoderLimitConfiguration()
        limits.maxHeaderFieldSize = 16 * 1024
        limits.maxHeaderListSize = 64 * 1024
        limits.maxHeaderFieldCount = 128
        return limits
    }

    private func bootstrap(on loop: any EventLoop, _ tls: TLSContext?, _ handshakes: Handshakes) -> ClientBootstrap {
        let timeout = TimeAmount(options.connectTimeout)
        return ClientBootstrap(group: loop)
            .connectTimeout(timeout)
            .channelOption(.socketOption(.so_keepalive), value: 1)
            // A peer that has silently disappeared is noticed within a minute.
            .channelOption(.tcpOption(.init(rawValue: TCP_KEEPIDLE)), value: 30)
            .channelOption(.tcpOption(.init(rawValue: TCP_KEEPINTVL)), value: 10)
            .channelOption(.tcpOption(.init(rawValue: TCP_KEEPCNT)), value: 3)
            .channelOption(.tcpOption(.init(rawValue: TCP_USER_TIMEOUT)), value: 60_000)
            .channelInitializer { [self] channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    if let proxy { try addHandlers(of: proxy, tls, pipeline, timeout) }
                    if let context = tls {
                        try pipeline.addHandler(
                            TLSHandler(clientContext: context, serverName: tlsServerName, handshakeTimeout: timeout),
                            name: Self.tlsHandlerName
                        )
                    }
                    try pipeline.addHTTPClientHandlers(decoderLimitConfiguration: Self.headLimits)
                    let idleTimeout = TimeAmount(options.idleConnectionTimeout)
                    let handler = ExchangeHandler(tls: tls, pool: pool, memory: memory, idleTimeout: idleTimeout)
                    try pipeline.addHandler(handler)
                    handshakes.value[ObjectIdentifier(channel)] = handler.ready?.futureResult
                }
            }
    }

    // MARK: Proxies

    /// Whether the proxy forwards requests (RFC 9112, 3.2.2). All other connections are tunnelled through it.
    var forwardsRequests: Bool { proxy?.scheme == .http && !server.isTLS }

    private func addHandlers(
        of proxy: ProxyURL,
        _ tls: TLSContext?,
        _ pipeline: ChannelPipeline.SynchronousOperations,
        _ timeout: TimeAmount
    ) throws {
        guard !forwardsRequests else { return }
        if let tls, proxy.scheme == .https {
            let handler = TLSHandler(clientContext: tls, serverName: proxy.host, handshakeTimeout: timeout)
            try pipeline.addHandler(handler)
        }
        let handshake: any ProxyHandshake =
            switch proxy.scheme {
            case .socks5: SOCKS5Handshake(to: server, through: proxy)
            case .http, .https: ConnectHandshake(to: server, through: proxy, userAgent: options.userAgent)
            }
        try pipeline.addHandler(ProxyHandler(proxy, handshake, timeout: timeout))
    }
}
