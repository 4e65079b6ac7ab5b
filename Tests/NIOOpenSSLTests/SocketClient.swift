import NIOCore
import NIOPosix
import NIOTLS

@testable import NIOOpenSSL

/// One TLS connection over a real socket.
struct SocketClient {
    struct Result: Sendable {
        let text: String
        let version: TLSVersion?
        let applicationProtocol: String?
        let peer: CertificateInfo?
    }

    /// Sends `text` and collects the answer until it holds what `isComplete` wants, or until close_notify; then closes.
    static func exchange(
        port: Int,
        _ context: TLSContext,
        serverName: String = "localhost",
        send text: String,
        until isComplete: @escaping @Sendable (String) -> Bool = { _ in false }
    ) async throws -> Result {
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let handler = TLSHandler(clientContext: context, serverName: serverName)
                    let promise = channel.eventLoop.makePromise(of: Result.self)
                    let collector = Collector(handler, promise, isComplete)
                    try channel.pipeline.syncOperations.addHandlers(handler, collector)
                }
            }
            .connect(host: "127.0.0.1", port: port).get()
        let result = channel.pipeline.handler(type: Collector.self).map(\.promise.futureResult)
        channel.writeAndFlush(ByteBuffer(string: text), promise: nil)
        let answer = try await result.flatMap { $0 }.get()
        try await channel.closeFuture.get()
        return answer
    }
}

private final class Collector: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    let promise: EventLoopPromise<SocketClient.Result>
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
