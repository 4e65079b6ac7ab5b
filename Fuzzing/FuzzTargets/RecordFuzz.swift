internal import NIOCore
internal import NIOEmbedded
internal import NIOOpenSSL

/// Checks what happens when a peer sends correctly encrypted records of every kind after the handshake: only its data
/// is passed on, there are few answers, and records without data are accepted only up to a limit.
enum RecordFuzz {
    private static let contexts = Result { try TLSFuzz.makeContexts() }

    static func run(_ bytes: [UInt8]) throws {
        var input = FuzzInput(bytes)
        let choice = input.byte()
        let exchange = try Exchange(
            try contexts.get(),
            version: choice & 1 == 0 ? .v1_3 : .v1_2,
            isVictimServer: choice & 2 == 0
        )
        try exchange.connect()
        for _ in 0..<256 where !input.isEmpty { try exchange.step(&input) }
        try exchange.end()
    }

    private final class Exchange {
        private let loop = EmbeddedEventLoop()
        private let channel: EmbeddedChannel
        private let collector = Collector()
        private let forger: RecordForger
        private var sent: [UInt8] = []
        /// Encrypted records that have not been delivered.
        private var batch: [UInt8] = []
        private var withoutData = 0
        private var records = 0
        private var answered = 0

        init(_ contexts: TLSFuzz.Contexts, version: RecordForger.Version, isVictimServer: Bool) throws {
            let victim: TLSHandler
            if isVictimServer {
                victim = TLSHandler(serverContext: contexts.server)
                forger = try RecordForger(client: version)
            } else {
                victim = TLSHandler(clientContext: contexts.client, serverName: "localhost")
                let identity = contexts.identity
                forger = try RecordForger(
                    server: version,
                    certificate: identity.certificate.pem,
                    privateKey: identity.privateKey
                )
            }
            channel = EmbeddedChannel(handlers: [victim, collector], loop: loop)
        }

        func connect() throws {
            try channel.connect(to: SocketAddress(unixDomainSocketPath: "/fuzz")).wait()
            for _ in 0..<8 {
                deliver(try forger.handshake(takeOutput()))
            }
            guard forger.isComplete, channel.isActive else { throw Finding("the handshake failed") }
            answered = 0
        }

        func step(_ input: inout FuzzInput) throws {
            let choice = input.byte()
            let count = choice >> 4 == 15 ? 64 : Int(choice >> 4) + 1
            switch choice & 15 {
            case 0: try data(input.bytes(count))
            case 1: try control(count) { try forger.keyUpdate(isRequest: true) }
            case 2: try control(count) { try forger.keyUpdate(isRequest: false) }
            case 3: try control(count) { try forger.helloRequest() }
            case 4: try control(count) { try forger.clientHello() }
            case 5:
                let description = input.byte()
                try control(count) { try forger.warning(description) }
            case 6: try control(count) { try forger.seal(.applicationData, []) }
            case 7: try control(count) { try forger.seal(.handshake, []) }
            case 8: try control(count) { try forger.seal(.changeCipherSpec, [1]) }
            case 9:
                let type = RecordForger.ContentType.allCases[Int(input.byte()) % 4]
                let content = input.bytes(Int(input.byte()))
                guard type != .applicationData else { return try data(content) }
                try control(count) { try forger.seal(type, content) }
            case 10: batch += input.bytes(count)
            case 11:
                // The batch is delivered in pieces.
                for start in stride(from: 0, to: batch.count, by: count) {
                    deliver(Array(batch[start..<min(start + count, batch.count)]))
                }
                batch = []
            case 12: channel.writeAndFlush(ByteBuffer(string: "a message of the victim"), promise: nil)
            case 13: channel.close(promise: nil)
            case 15:
                batch += try forger.keyUpdateInPieces()
                withoutData += 5
                records += 5
            default:
                deliver(batch)
                batch = []
            }
            try check()
        }

        private func data(_ content: [UInt8]) throws {
            sent += content
            batch += try forger.seal(.applicationData, content)
            withoutData = content.isEmpty ? withoutData + 1 : max(0, withoutData - 1)
            records += 1
        }

        private func control(_ count: Int, _ record: () throws -> [UInt8]) throws {
            for _ in 0..<count { batch += try record() }
            withoutData += count
            records += count
        }

        private func deliver(_ bytes: [UInt8]) {
            guard !bytes.isEmpty, channel.isActive else { return }
            channel.pipeline.fireChannelRead(ByteBuffer(bytes: bytes))
            channel.pipeline.fireChannelReadComplete()
        }

        private func check() throws {
            guard sent.starts(with: collector.received) else { throw Finding("other bytes came out than were sent") }
            answered += try takeOutput().count
            // The bound allows an answer to each record, and what the victim sends unasked.
            guard answered <= (records + 1) * 64 + 256 * 64 else { throw Finding("answered with \(answered) bytes") }
            guard !batch.isEmpty || withoutData <= 32 || !channel.isActive || collector.isClosed else {
                throw Finding("\(withoutData) records without data were taken")
            }
        }

        func end() throws {
            deliver(batch)
            batch = []
            try check()
            channel.pipeline.fireChannelInactive()
            channel.close(promise: nil)
            loop.run()
            loop.advanceTime(by: .hours(1))
        }

        private func takeOutput() throws -> [UInt8] {
            var bytes: [UInt8] = []
            while let buffer = try channel.readOutbound(as: ByteBuffer.self) { bytes += buffer.readableBytesView }
            return bytes
        }
    }

    private final class Collector: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        private(set) var received: [UInt8] = []
        /// Whether the forger has sent close_notify, after which the victim ignores what it receives.
        private(set) var isClosed = false

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            received += unwrapInboundIn(data).readableBytesView
        }

        func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
            if case ChannelEvent.inputClosed = event { isClosed = true }
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }
}
