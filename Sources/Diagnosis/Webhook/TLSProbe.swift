internal import Kubernetes
internal import NIOCore
internal import NIOOpenSSL
internal import NIOPosix
internal import NIOTLS

/// Shakes hands with a server, and closes the connection.
struct TLSProbe: Sendable {
    enum Outcome: Sendable {
        case verified(CertificateInfo)
        case failed(TLSError)
        /// No connection; why.
        case unreachable(String)
    }

    let context: TLSContext
    /// What the certificate must be for.
    let serverName: String
    let group: any EventLoopGroup
    /// Of the connection, and of the handshake.
    var timeout = TimeAmount.seconds(3)

    func run(_ address: ServiceEndpoints.Address) async -> Outcome {
        let result = group.any().makePromise(of: Outcome.self)
        let channel: any Channel
        do {
            channel = try await ClientBootstrap(group: group)
                .connectTimeout(timeout)
                .channelInitializer { [self] channel in
                    channel.eventLoop.makeCompletedFuture {
                        let handler = TLSHandler(
                            clientContext: context,
                            serverName: serverName,
                            handshakeTimeout: timeout
                        )
                        try channel.pipeline.syncOperations.addHandlers(handler, Watcher(handler, result))
                    }
                }
                .connect(host: address.host, port: address.port).get()
        } catch {
            result.succeed(.unreachable("\(error)"))
            return .unreachable(Self.describe(error))
        }
        let outcome = try? await result.futureResult.get()
        channel.close(promise: nil)
        return outcome ?? .unreachable("the connection was closed")
    }

    private static func describe(_ error: any Error) -> String {
        switch error {
        case ChannelError.connectTimeout: "no answer in time"
        case let error as NIOConnectionError:
            error.connectionErrors.first.map { "\($0.error)" } ?? "the name cannot be resolved"
        default: "\(error)"
        }
    }

    private final class Watcher: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        private let tls: TLSHandler
        private let result: EventLoopPromise<Outcome>

        init(_ tls: TLSHandler, _ result: EventLoopPromise<Outcome>) {
            self.tls = tls
            self.result = result
        }

        func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
            if case .handshakeCompleted = event as? TLSUserEvent, let certificate = tls.peerCertificate {
                result.succeed(.verified(certificate))
            }
            context.fireUserInboundEventTriggered(event)
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            result.succeed((error as? TLSError).map(Outcome.failed) ?? .unreachable("\(error)"))
            context.close(promise: nil)
        }

        func channelInactive(context: ChannelHandlerContext) {
            result.succeed(.unreachable("it closed the connection"))
            context.fireChannelInactive()
        }
    }
}
