import NIOCore
package import NIOOpenSSL
import NIOPosix
import NIOTLS

/// One TLS connection over a real socket.
package struct SocketClient {
    package struct Result: Sendable {
        package let text: String
        package let version: TLSVersion?
        package let applicationProtocol: String?
        package let peer: CertificateInfo?
    }

    /// Sends `text` and collects the response until `isComplete` accepts it or close_notify arrives, and then closes.
    package static func exchange(
        port: Int,
        _ context: TLSContext,
        serverName: String = "localhost",
        send text: String,
        until isComplete: @escaping @Sendable (String) -> Bool = { _ in false }
    ) async throws -> Result {
        let group = MultiThreadedEventLoopGroup.singleton
        let promise = group.any().makePromise(of: Result.self)
        let bootstrap = ClientBootstrap(group: group).channelInitializer { channel in
            channel.eventLoop.makeCompletedFuture {
                let handler = TLSHandler(clientContext: context, serverName: serverName)
                try channel.pipeline.syncOperations.addHandlers(handler, Collector(handler, promise, isComplete))
            }
        }
        do {
            let channel = try await bootstrap.connect(host: "127.0.0.1", port: port).get()
            channel.writeAndFlush(ByteBuffer(string: text), promise: nil)
            try await channel.closeFuture.get()
        } catch {
            promise.fail(error)
        }
        return try await promise.futureResult.get()
    }
}

private final class Collector: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let promise: EventLoopPromise<SocketClient.Result>
    private let handler: TLSHandler
    private let isComplete: (String) -> Bool
    private var text = ""

    init(
        _ handler: TLSHandler,
        _ promise: EventLoopPromise<SocketClient.Result>,
        _ isComplete: @escaping (String) -> Bool
    ) {
        self.handler = handler
        self.promise = promise
        self.isComplete = isComplete
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        text += String(buffer: unwrapInboundIn(data))
        if isComplete(text) { finish(context) }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case ChannelEvent.inputClosed = event { finish(context) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        promise.fail(error)
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        promise.fail(ChannelError.eof)
    }

    private func finish(_ context: ChannelHandlerContext) {
        promise.succeed(
            SocketClient.Result(
                text: text,
                version: handler.negotiatedVersion,
                applicationProtocol: handler.applicationProtocol,
                peer: handler.peerCertificate
            )
        )
        context.close(promise: nil)
    }
}
