internal import HTTPClient
internal import Kubernetes
internal import NIOCore
internal import NIOOpenSSL
internal import NIOPosix
internal import NIOTLS

/// Performs a TLS handshake with a server, and closes the connection.
struct TLSProbe: Sendable {
    enum Outcome: Sendable {
        case verified(CertificateInfo)
        case failed(TLSError)
        /// There was no connection, for this reason.
        case unreachable(String)
    }

    let context: TLSContext
    /// The name that the certificate must have.
    let serverName: String
    let group: any EventLoopGroup
    /// Applies to the connection, and again to the handshake.
    var timeout = TimeAmount.seconds(3)

    /// Probes all addresses at the same time, and returns the outcomes in the same order.
    func run(_ addresses: [ServiceEndpoints.Address]) async -> [(ServiceEndpoints.Address, Outcome)] {
        await withTaskGroup { tasks in
            for (index, address) in addresses.enumerated() { tasks.addTask { (index, await run(address)) } }
            let outcomes = await tasks.reduce(into: []) { $0.append($1) }.sorted { $0.0 < $1.0 }
            return outcomes.map { (addresses[$0.0], $0.1) }
        }
    }

    private func run(_ address: ServiceEndpoints.Address) async -> Outcome {
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
            error.connectionErrors.first.map { ($0.error as? IOError)?.text ?? "\($0.error)" }
                ?? "the name cannot be resolved"
        case let error as IOError: error.text
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
