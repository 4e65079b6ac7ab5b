internal import NIOCore
internal import NIOEmbedded
internal import NIOOpenSSL

/// Checks that the data that a peer receives is a prefix of what the other peer has sent, whatever happens to the
/// records in between.
enum TLSFuzz {
    private static let contexts = Result { try makeContexts() }

    struct Contexts: Sendable {
        let client: TLSContext
        let server: TLSContext
        /// The server's certificate and key.
        let identity: CertificateAuthority.Identity
    }

    static func makeContexts() throws -> Contexts {
        let validity: CertificateAuthority.Validity = 0...4_102_444_800
        let authority = try CertificateAuthority.make(commonName: "fuzz", validity: validity)
        let server = try authority.issue(commonName: "localhost", dnsNames: ["localhost"], validity: validity)
        var client = TLSClientConfiguration()
        client.trustRoots = .pem(authority.identity.certificate.pem)
        let serving = TLSServerConfiguration(certificateChain: server.certificate.pem, privateKey: server.privateKey)
        return Contexts(
            client: try TLSContext(client: client),
            server: try TLSContext(server: serving),
            identity: server
        )
    }

    private static let message = Array("what one side says to the other".utf8)

    static func run(_ bytes: [UInt8]) throws {
        let contexts = try contexts.get()
        var input = FuzzInput(bytes)
        let loop = EmbeddedEventLoop()
        let client = Peer(loop, TLSHandler(clientContext: contexts.client, serverName: "localhost"))
        let server = Peer(loop, TLSHandler(serverContext: contexts.server))
        try server.connect()
        try client.connect()
        // A handshake, two messages and two close_notify take fewer rounds than this.
        for round in 0..<64 {
            let isFromClient = try client.hasOutput ? true : server.hasOutput ? false : nil
            if let isFromClient {
                let (sender, receiver) = isFromClient ? (client, server) : (server, client)
                try carry(from: sender, to: receiver, &input)
            } else if round > 48 || input.isEmpty {
                break
            } else {
                act(input.byte(), client, server)
            }
        }
        for peer in [client, server] { peer.end() }
        loop.run()
        loop.advanceTime(by: .hours(1))
        for (peer, other) in [(client, server), (server, client)] {
            let sent = (0..<other.sentCount).flatMap { _ in message }
            guard sent.starts(with: peer.received) else { throw Finding("other bytes came out than were sent") }
        }
    }

    private static func act(_ choice: UInt8, _ client: Peer, _ server: Peer) {
        let peer = choice & 1 == 0 ? client : server
        switch choice >> 1 & 3 {
        case 0, 1: peer.send(message)
        case 2: peer.channel.close(promise: nil)
        default: peer.channel.pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        }
    }

    private static func carry(from sender: Peer, to receiver: Peer, _ input: inout FuzzInput) throws {
        var chunk = sender.takeOutput()
        switch input.byte() & 15 {
        case 8:
            let place = input.number() % max(chunk.count, 1)
            if !chunk.isEmpty { chunk[place] ^= input.byte() }
        case 9: chunk = Array(chunk.prefix(input.number() % (chunk.count + 1)))
        case 10: chunk += chunk
        case 11: chunk.insert(contentsOf: input.bytes(Int(input.byte())), at: input.number() % (chunk.count + 1))
        case 12: chunk = input.bytes(input.number())
        case 13:
            for byte in chunk { receiver.receive([byte]) }
            return
        case 14: chunk = chunk.reversed()
        case 15: return
        default: break
        }
        receiver.receive(chunk)
    }

    private final class Peer {
        let channel: EmbeddedChannel
        private let collector = Collector()
        private var output: [UInt8] = []
        private(set) var sentCount = 0

        init(_ loop: EmbeddedEventLoop, _ handler: TLSHandler) {
            channel = EmbeddedChannel(handlers: [handler, collector], loop: loop)
        }

        var received: [UInt8] { collector.received }

        func connect() throws { try channel.connect(to: SocketAddress(unixDomainSocketPath: "/fuzz")).wait() }

        func send(_ bytes: [UInt8]) {
            sentCount += 1
            channel.writeAndFlush(ByteBuffer(bytes: bytes), promise: nil)
        }

        var hasOutput: Bool {
            get throws {
                while let buffer = try channel.readOutbound(as: ByteBuffer.self) { output += buffer.readableBytesView }
                return !output.isEmpty
            }
        }

        func takeOutput() -> [UInt8] {
            defer { output = [] }
            return output
        }

        func receive(_ bytes: [UInt8]) {
            channel.pipeline.fireChannelRead(ByteBuffer(bytes: bytes))
            channel.pipeline.fireChannelReadComplete()
        }

        func end() {
            channel.pipeline.fireChannelInactive()
            channel.close(promise: nil)
        }
    }

    private final class Collector: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        private(set) var received: [UInt8] = []

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            received += unwrapInboundIn(data).readableBytesView
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }
}
