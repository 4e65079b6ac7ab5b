package import NIOCore
package import NIOOpenSSL
import NIOPosix
import NIOTLS
import Synchronization

/// A TLS server on a port of the loopback interface. It answers each request head, which ends with an empty line, with
/// as many bytes as the path says, and closes if the request asks for that.
package final class SocketServer: Sendable {
    package struct Observed: Sendable {
        package var accepted = 0
        package var handshakes = 0
        package var closed = 0
        package var errors: [TLSError] = []
    }

    private let channel = Mutex<(any Channel)?>(nil)
    private let context: Mutex<TLSContext>
    private let observed = Mutex(Observed())
    private let handshakeTimeout: TimeAmount

    private init(_ context: TLSContext, _ handshakeTimeout: TimeAmount) {
        self.context = Mutex(context)
        self.handshakeTimeout = handshakeTimeout
    }

    package static func start(_ context: TLSContext, handshakeTimeout: TimeAmount = .seconds(10)) async throws
        -> SocketServer
    {
        let server = SocketServer(context, handshakeTimeout)
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.backlog, value: 1024)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try server.setUp(channel) }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        server.channel.withLock { $0 = channel }
        return server
    }

    private func setUp(_ channel: any Channel) throws {
        observed.withLock { $0.accepted += 1 }
        let handler = TLSHandler(serverContext: context.withLock { $0 }, handshakeTimeout: handshakeTimeout)
        try channel.pipeline.syncOperations.addHandlers(handler, Responder(self))
    }

    package var port: Int { channel.withLock { $0?.localAddress?.port ?? 0 } }
    package var snapshot: Observed { observed.withLock { $0 } }

    package func rotate(to context: TLSContext) {
        self.context.withLock { $0 = context }
    }

    package func stop() async throws {
        try await channel.withLock { $0 }?.close()
    }

    /// Waits until what the server has seen fulfils a condition.
    package func wait(for condition: @Sendable (Observed) -> Bool) async throws {
        while !condition(snapshot) { try await Task.sleep(for: .milliseconds(5)) }
    }

    fileprivate func note(_ change: (inout Observed) -> Void) { observed.withLock { change(&$0) } }
}

private final class Responder: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let server: SocketServer
    private var request = ""

    init(_ server: SocketServer) { self.server = server }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        request += String(buffer: unwrapInboundIn(data))
        while let end = request.firstRange(of: "\r\n\r\n") {
            let head = request[..<end.lowerBound]
            let closes = head.contains("Connection: close")
            let path = head.split(separator: " ").dropFirst().first ?? "/"
            let size = Int(path.dropFirst()) ?? 5
            request.removeSubrange(..<end.upperBound)
            let response = "HTTP/1.1 200 OK\r\nContent-Length: \(size)\r\n\r\n" + String(repeating: "x", count: size)
            context.writeAndFlush(NIOAny(ByteBuffer(string: response)), promise: nil)
            if closes { context.close(promise: nil) }
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case TLSUserEvent.handshakeCompleted = event { server.note { $0.handshakes += 1 } }
        if case ChannelEvent.inputClosed = event { context.close(promise: nil) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if let error = error as? TLSError { server.note { $0.errors.append(error) } }
    }

    func channelInactive(context: ChannelHandlerContext) {
        server.note { $0.closed += 1 }
    }
}
