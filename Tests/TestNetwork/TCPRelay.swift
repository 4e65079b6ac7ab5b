import NIOCore
import NIOPosix
import Synchronization

/// Listens on a Service's ClusterIP and forwards connections to the webhooks in turn, as kube-proxy does.
package final class TCPRelay: Sendable {
    private let listener: any Channel
    private let targets: Targets
    private let flows: Flows

    /// The connections that are forwarded. Those of an earlier generation are held: they carry nothing more, but stay
    /// open.
    private final class Flows: Sendable {
        private let generation = Atomic(0)

        func begin() -> Int { generation.load(ordering: .relaxed) }

        func hold() { generation.add(1, ordering: .relaxed) }

        func isHeld(_ flow: Int) -> Bool { flow < generation.load(ordering: .relaxed) }
    }

    /// The ports on 127.0.0.1 to which connections are forwarded.
    private final class Targets: Sendable {
        private let state: Mutex<(ports: [Int], next: Int)>

        init(_ ports: [Int]) { state = Mutex((ports, 0)) }

        func set(_ ports: [Int]) { state.withLock { $0.ports = ports } }

        func next() -> Int? {
            state.withLock { state in
                guard !state.ports.isEmpty else { return nil }
                state.next += 1
                return state.ports[state.next % state.ports.count]
            }
        }
    }

    private init(listener: any Channel, targets: Targets, flows: Flows) {
        self.listener = listener
        self.targets = targets
        self.flows = flows
    }

    /// - Parameter port: A port below 1024 requires root.
    package static func start(host: String, port: Int, to targets: [Int]) async throws -> TCPRelay {
        let targets = Targets(targets)
        let flows = Flows()
        let listener = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.autoRead, value: false)
            .childChannelInitializer { inbound in connect(inbound, to: targets.next(), flows) }
            .bind(host: host, port: port).get()
        return TCPRelay(listener: listener, targets: targets, flows: flows)
    }

    /// Changes where new connections are forwarded.
    package func setTargets(_ ports: [Int]) { targets.set(ports) }

    /// Stops forwarding on the current connections without closing them; new ones work.
    package func holdConnections() { flows.hold() }

    package func stop() async throws { try await listener.close() }

    private static func connect(_ inbound: any Channel, to port: Int?, _ flows: Flows) -> EventLoopFuture<Void> {
        guard let port else { return inbound.eventLoop.makeFailedFuture(ChannelError.connectTimeout(.zero)) }
        return ClientBootstrap(group: inbound.eventLoop)
            .channelOption(.autoRead, value: false)
            .connect(host: "127.0.0.1", port: port)
            .flatMapThrowing { outbound in
                let flow = flows.begin()
                try inbound.pipeline.syncOperations.addHandler(PassOn(to: outbound) { flows.isHeld(flow) })
                try outbound.pipeline.syncOperations.addHandler(PassOn(to: inbound) { flows.isHeld(flow) })
                // The inbound channel reads when it becomes active, which is after this.
                outbound.read()
            }
    }
}

/// Writes what it reads to the other channel, and reads more once that is written.
private final class PassOn: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let other: any Channel
    private let isHeld: @Sendable () -> Bool

    init(to other: any Channel, isHeld: @escaping @Sendable () -> Bool) {
        self.other = other
        self.isHeld = isHeld
    }

    func channelActive(context: ChannelHandlerContext) { context.read() }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isHeld() else { return }
        let channel = context.channel
        other.writeAndFlush(unwrapInboundIn(data)).whenComplete { result in
            switch result {
            case .success: channel.read()
            case .failure: channel.close(promise: nil)
            }
        }
    }

    func channelInactive(context: ChannelHandlerContext) { other.close(promise: nil) }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
