package import NIOCore
package import NIOHTTP1
package import NIOOpenSSL
import NIOPosix
import Synchronization

/// An HTTP server whose responses a test scripts byte by byte.
package final class ScriptedServer: Sendable {
    package struct Request: Sendable {
        package let method: HTTPMethod
        package let uri: String
        package let headers: HTTPHeaders
        package let body: String
        /// The number of the request on this server, from 0.
        package let number: Int
        /// The number of the connection on this server, from 0.
        package let connection: Int

        package var isWatch: Bool { uri.contains("watch=true") }
        package var path: Substring { uri.prefix { $0 != "?" } }

        package func query(_ name: String) -> String? {
            for pair in uri.drop(while: { $0 != "?" }).dropFirst().split(separator: "&") {
                let key = pair.prefix { $0 != "=" }
                if key == name { return String(pair.dropFirst(key.count + 1)) }
            }
            return nil
        }
    }

    package enum Action: Sendable {
        case send(String)
        /// Closes the TCP connection, even if the response is incomplete.
        case close
        /// Waits until the bell rings.
        case wait(Bell)
    }

    /// What `wait` waits for. It may be rung earlier.
    package final class Bell: Sendable {
        package let promise: EventLoopPromise<Void>

        package init() { promise = NIOSingletons.posixEventLoopGroup.any().makePromise() }

        package func ring() { promise.succeed() }
        deinit { promise.succeed() }
    }

    package typealias Script = @Sendable (Request) -> [Action]
    /// The responses at `/version`, which a watcher requests: the first time (0) and so on. These requests are not
    /// counted among the others.
    package typealias VersionScript = @Sendable (Int) -> [Action]

    private let channel: any Channel
    private let log: RequestLog
    package let port: Int

    package init(
        tls: TLSContext? = nil,
        host: String = "127.0.0.1",
        version: @escaping VersionScript = { _ in [.json("{}", status: 404)] },
        script: @escaping Script
    ) async throws {
        let log = RequestLog()
        self.log = log
        channel = try await ServerBootstrap(group: NIOSingletons.posixEventLoopGroup)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    if let tls { try pipeline.addHandler(TLSHandler(serverContext: tls)) }
                    try pipeline.addHandler(ByteToMessageHandler(HTTPRequestDecoder()))
                    let number = log.countConnection()
                    try pipeline.addHandler(ScriptHandler(number, log, version, script))
                }
            }
            .bind(host: host, port: 0).get()
        port = channel.localAddress?.port ?? 0
    }

    package var requests: [Request] { log.requests }
    package var connectionCount: Int { log.connectionCount }
    /// How often the version was requested.
    package var versionCount: Int { log.versionCount }

    package func close() async throws { try await channel.close() }
}

private final class RequestLog: Sendable {
    private let state = Mutex((requests: [ScriptedServer.Request](), connections: 0, versions: 0))

    var requests: [ScriptedServer.Request] { state.withLock { $0.requests } }
    var connectionCount: Int { state.withLock { $0.connections } }
    var versionCount: Int { state.withLock { $0.versions } }

    func countVersion() -> Int {
        state.withLock { state in
            defer { state.versions += 1 }
            return state.versions
        }
    }

    func countConnection() -> Int {
        state.withLock { state in
            defer { state.connections += 1 }
            return state.connections
        }
    }

    func append(_ head: HTTPRequestHead, body: String, connection: Int) -> ScriptedServer.Request {
        state.withLock { state in
            let request = ScriptedServer.Request(
                method: head.method,
                uri: head.uri,
                headers: head.headers,
                body: body,
                number: state.requests.count,
                connection: connection
            )
            state.requests.append(request)
            return request
        }
    }
}

private final class ScriptHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = ByteBuffer

    private let connection: Int
    private let log: RequestLog
    private let version: ScriptedServer.VersionScript
    private let script: ScriptedServer.Script
    private var head: HTTPRequestHead?
    private var body = ByteBuffer()

    init(
        _ connection: Int,
        _ log: RequestLog,
        _ version: @escaping ScriptedServer.VersionScript,
        _ script: @escaping ScriptedServer.Script
    ) {
        self.connection = connection
        self.log = log
        self.version = version
        self.script = script
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): self.head = head
        case .body(var part): body.writeBuffer(&part)
        case .end:
            guard let head else { return }
            if head.uri == "/version" {
                perform(version(log.countVersion())[...], context.channel)
                return
            }
            let request = log.append(head, body: String(buffer: body), connection: connection)
            body.clear()
            perform(script(request)[...], context.channel)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: "HTTP/1.1 400 Bad Request\r\n\r\n")), promise: nil)
        context.close(promise: nil)
    }

    private func perform(_ actions: ArraySlice<ScriptedServer.Action>, _ channel: any Channel) {
        Self.perform(actions, channel)
    }

    private static func perform(_ actions: ArraySlice<ScriptedServer.Action>, _ channel: any Channel) {
        guard let action = actions.first else { return }
        switch action {
        case .send(let text):
            channel.writeAndFlush(ByteBuffer(string: text), promise: nil)
            perform(actions.dropFirst(), channel)
        case .close: channel.close(promise: nil)
        case .wait(let bell):
            bell.promise.futureResult.hop(to: channel.eventLoop).whenComplete { [rest = actions.dropFirst()] _ in
                perform(rest, channel)
            }
        }
    }
}

// MARK: Responses of servers

extension ScriptedServer.Action {
    package static func json(_ body: String, status: Int = 200, headers: String = "") -> Self {
        .send(
            "HTTP/1.1 \(status) X\r\nContent-Type: application/json\r\n\(headers)"
                + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
        )
    }

    package static var chunkedHead: Self {
        .send("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n")
    }

    package static func chunk(_ text: String) -> Self {
        .send("\(String(text.utf8.count, radix: 16))\r\n\(text)\r\n")
    }

    package static var lastChunk: Self { .send("0\r\n\r\n") }
}
