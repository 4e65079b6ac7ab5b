import FuzzTargets
import NIOCore
import NIOPosix

/// A TLS client of the program that sends arbitrary records, and ignores responses.
final class ForgingClient: Sendable {
    private let channel: any Channel

    private init(_ channel: any Channel) { self.channel = channel }

    /// Completes the handshake.
    /// - Parameter records: Called for more bytes when the previous ones have been sent, until it returns nil.
    static func connect(
        port: Int,
        _ version: RecordForger.Version,
        records: @escaping @Sendable (RecordForger) throws -> [UInt8]?
    ) async throws -> ForgingClient {
        let group = MultiThreadedEventLoopGroup.singleton
        let isReady = group.any().makePromise(of: Void.self)
        let bootstrap = ClientBootstrap(group: group).channelInitializer { channel in
            channel.eventLoop.makeCompletedFuture {
                let handler = Handler(try RecordForger(client: version), isReady, records)
                try channel.pipeline.syncOperations.addHandler(handler)
            }
        }
        do {
            let client = ForgingClient(try await bootstrap.connect(host: "127.0.0.1", port: port).get())
            try await isReady.futureResult.get()
            return client
        } catch {
            isReady.fail(error)
            throw error
        }
    }

    var isOpen: Bool { channel.isActive }

    func close() async { try? await channel.close() }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        private let forger: RecordForger
        private let isReady: EventLoopPromise<Void>
        private let records: (RecordForger) throws -> [UInt8]?

        init(
            _ forger: RecordForger,
            _ isReady: EventLoopPromise<Void>,
            _ records: @escaping (RecordForger) throws -> [UInt8]?
        ) {
            self.forger = forger
            self.isReady = isReady
            self.records = records
        }

        func channelActive(context: ChannelHandlerContext) { shakeHands([], context) }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            if !forger.isComplete { shakeHands(Array(unwrapInboundIn(data).readableBytesView), context) }
        }

        private func shakeHands(_ received: [UInt8], _ context: ChannelHandlerContext) {
            do {
                let bytes = try forger.handshake(received)
                if !bytes.isEmpty { context.writeAndFlush(NIOAny(ByteBuffer(bytes: bytes)), promise: nil) }
            } catch { return isReady.fail(error) }
            guard forger.isComplete else { return }
            // Later data is left in the socket, but its end is still noticed.
            context.channel.setOption(.autoRead, value: false).cascade(to: isReady)
            send(context)
        }

        private func send(_ context: ChannelHandlerContext) {
            guard let bytes = try? records(forger) else { return }
            let sent = context.eventLoop.makePromise(of: Void.self)
            sent.futureResult.assumeIsolated().whenSuccess { self.send(context) }
            context.writeAndFlush(NIOAny(ByteBuffer(bytes: bytes)), promise: sent)
        }

        func channelInactive(context: ChannelHandlerContext) { isReady.fail(ChannelError.eof) }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }
}
