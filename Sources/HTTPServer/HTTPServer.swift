internal import Glibc
package import Logging
internal import NIOCore
package import NIOOpenSSL
package import NIOPosix
internal import ServiceLifecycle
internal import Synchronization

/// Answers HTTP/1.1 requests on a port, with or without TLS.
package final class HTTPServer: Service {
    package struct Configuration: Sendable {
        /// Identifies the server in log lines.
        package var name: String
        /// 0 for any free port.
        package var port: Int
        /// Called for each new connection. The connection is closed if the result is nil. Nil for plain HTTP.
        package var tls: (@Sendable () -> TLSContext?)?
        package var limits = HTTPLimits()
        /// How long to continue serving after the signal to stop, while the endpoint is taken out of rotation.
        package var shutdownDelay = Duration.zero
        /// How long requests in progress may take after that.
        package var shutdownTimeout = Duration.seconds(10)
        /// Nil for a port whose events nobody needs.
        package var delegate: (any HTTPServerDelegate)?

        package init(name: String, port: Int, tls: (@Sendable () -> TLSContext?)? = nil) {
            self.name = name
            self.port = port
            self.tls = tls
        }
    }

    /// Whether the servers of a process could all listen.
    package final class Start: Sendable {
        private let failed = Atomic(false)

        package init() {}

        var hasFailed: Bool { failed.load(ordering: .relaxed) }

        func fail() { failed.store(true, ordering: .relaxed) }
    }

    private let configuration: Configuration
    private let group: MultiThreadedEventLoopGroup
    private let responders: HTTPResponders
    private let start: Start
    private let onShutdown: @Sendable () -> Void
    private let logger: Logger
    private let connections: HTTPConnections
    private let handshakeLog: TLSHandshakeLog
    private let listener: EventLoopPromise<any Channel>

    /// - Parameters:
    ///   - start: Shared by all servers of a process. If one of them cannot listen, the others stop without the shutdown
    ///     delay, unless a client has connected.
    ///   - onShutdown: Called when the signal to stop arrives, before the delay.
    ///   - makeResponder: Called once for each event loop.
    package init(
        configuration: Configuration,
        group: MultiThreadedEventLoopGroup,
        logger: Logger,
        start: Start = Start(),
        onShutdown: @escaping @Sendable () -> Void = {},
        makeResponder: @escaping @Sendable () -> any HTTPResponder
    ) {
        self.configuration = configuration
        self.group = group
        self.logger = logger
        self.start = start
        self.onShutdown = onShutdown
        connections = HTTPConnections(configuration.limits, configuration.delegate)
        handshakeLog = TLSHandshakeLog(logger)
        responders = HTTPResponders(group, makeResponder)
        listener = group.next().makePromise()
    }

    /// The port that the server listens on. Waits until it is listening, and throws if it cannot.
    package var port: Int {
        get async throws { try await listener.futureResult.get().localAddress?.port ?? configuration.port }
    }

    package func run() async throws {
        let channel: any Channel
        do {
            channel = try await listen()
        } catch {
            let reason = (error as? IOError).map { String(cString: strerror($0.errnoCode)) } ?? "\(error)"
            let failure = HTTPServerError.listen(port: configuration.port, reason: reason)
            start.fail()
            listener.fail(failure)
            throw failure
        }
        listener.succeed(channel)
        logger.info(
            "listening",
            metadata: [
                "listener": "\(configuration.name)", "port": .stringConvertible(channel.localAddress?.port ?? 0),
            ]
        )
        // This throws only if the task is cancelled, which also means to stop.
        try? await gracefulShutdown()
        await shutDown(channel)
    }

    private func shutDown(_ channel: any Channel) async {
        let delay = start.hasFailed && !connections.haveBeenUsed ? .zero : configuration.shutdownDelay
        onShutdown()
        logger.info("stopping", metadata: ["listener": "\(configuration.name)"])
        connections.drain()
        try? await Task.sleep(for: delay)
        try? await channel.close()
        let cutOff = await connections.shutDown(within: configuration.shutdownTimeout)
        guard cutOff > 0 else { return }
        logger.warning(
            "requests were cut off when the shutdown timeout ended",
            metadata: ["listener": "\(configuration.name)", "connections": .stringConvertible(cutOff)]
        )
    }

    // MARK: Channels

    /// Listens on all addresses of both families, or only on IPv4 if the machine has no IPv6.
    private func listen() async throws -> any Channel {
        do {
            return try await bootstrap(isIPv6: true).bind(host: "::", port: configuration.port).get()
        } catch let error as IOError where error.errnoCode == EAFNOSUPPORT || error.errnoCode == EADDRNOTAVAIL {
            return try await bootstrap(isIPv6: false).bind(host: "0.0.0.0", port: configuration.port).get()
        }
    }

    private func bootstrap(isIPv6: Bool) -> ServerBootstrap {
        let bootstrap = ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 1024)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { [self] channel in
                channel.eventLoop.makeCompletedFuture { try configure(channel) }
            }
        guard isIPv6 else { return bootstrap }
        return bootstrap.serverChannelOption(
            ChannelOptions.Types.SocketOption(level: .ipv6, name: .ipv6_v6only),
            value: 0
        )
    }

    private func configure(_ channel: any Channel) throws {
        // An error closes the channel.
        guard let registration = connections.add(channel) else { throw ChannelError.ioOnClosedChannel }
        let tls = try configuration.tls.map { try addTLS($0, to: channel) }
        let connection = HTTPConnectionHandler(
            responder: responders[channel.eventLoop],
            limits: configuration.limits,
            registration: registration,
            isEncrypted: tls != nil,
            peer: { HTTPPeer(hasCertificate: tls?.hasPeerCertificate ?? false) },
            isWithinRecord: { tls?.isWithinRecord ?? false }
        )
        try connection.add(to: channel.pipeline.syncOperations)
        connections.announceShutdown(to: registration)
    }

    private func addTLS(_ currentContext: () -> TLSContext?, to channel: any Channel) throws -> TLSHandler {
        guard let context = currentContext() else { throw ChannelError.ioOnClosedChannel }
        let deadlines = configuration.limits.deadlines
        // The deadlines for requests end the connection before `answerTimeout` does.
        let tls = TLSHandler(
            serverContext: context,
            handshakeTimeout: deadlines.handshake,
            answerTimeout: deadlines.request
        )
        let pipeline = channel.pipeline.syncOperations
        try pipeline.addHandler(tls)
        if let delegate = configuration.delegate {
            try pipeline.addHandler(TLSHandshakeHandler(delegate, log: handshakeLog, address: channel.remoteAddress))
        }
        return tls
    }
}
