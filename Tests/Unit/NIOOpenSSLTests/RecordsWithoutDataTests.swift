import FuzzTargets
import NIOCore
import NIOEmbedded
import NIOOpenSSL
import TestNetwork
import Testing

@Suite("Records without data after the handshake", .timeLimit(.minutes(5)))
struct RecordsWithoutDataTests {
    enum Kind: String, CaseIterable, Sendable {
        case keyUpdate, keyUpdateRequest, keyUpdateInPieces, warning, empty, changeCipherSpec, helloRequest

        /// One message.
        func seal(_ forger: RecordForger) throws -> [UInt8] {
            switch self {
            case .keyUpdate: try forger.keyUpdate(isRequest: false)
            case .keyUpdateRequest: try forger.keyUpdate(isRequest: true)
            case .keyUpdateInPieces: try forger.keyUpdateInPieces()
            // user_canceled
            case .warning: try forger.warning(90)
            case .empty: try forger.seal(.applicationData, [])
            case .changeCipherSpec: [20, 3, 3, 0, 1, 1]
            case .helloRequest: try forger.helloRequest()
            }
        }

        /// The number of messages that are accepted. OpenSSL has its own limits for some.
        var limit: Int {
            switch self {
            case .keyUpdateInPieces: 6
            case .warning: 4
            case .changeCipherSpec: 0
            default: 32
            }
        }
    }

    /// The versions and sides for which the messages are possible.
    private static let cases: [(RecordForger.Version, Bool, Kind)] = [
        (.v1_3, true, .keyUpdate), (.v1_3, true, .keyUpdateRequest), (.v1_3, true, .keyUpdateInPieces),
        (.v1_3, true, .warning), (.v1_3, true, .empty),
        (.v1_3, true, .changeCipherSpec), (.v1_3, false, .keyUpdate), (.v1_3, false, .keyUpdateRequest),
        (.v1_3, false, .empty), (.v1_2, true, .warning), (.v1_2, true, .empty), (.v1_2, false, .warning),
        (.v1_2, false, .empty), (.v1_2, false, .helloRequest),
    ]

    @Test("are accepted up to a limit, and more after as many with data", arguments: cases)
    func few(_ version: RecordForger.Version, _ isServer: Bool, _ kind: Kind) throws {
        let victim = try Victim(version, isServer: isServer)
        var sent: [UInt8] = []
        for round in 0..<3 {
            let batch = try (0..<kind.limit).flatMap { _ in try kind.seal(victim.forger) }
            try victim.receive(batch)
            for _ in 0..<32 {
                sent.append(UInt8(round))
                try victim.receive(try victim.forger.seal(.applicationData, [UInt8(round)]))
            }
            #expect(victim.peer.received == sent)
        }
        #expect(victim.peer.errors.isEmpty && victim.peer.channel.isActive)
    }

    @Test(
        "are too many beyond the limit, in one read or several, and get no response",
        arguments: cases,
        [true, false]
    )
    func many(_ parameters: (RecordForger.Version, Bool, Kind), isOneRead: Bool) throws {
        let (version, isServer, kind) = parameters
        let victim = try Victim(version, isServer: isServer)
        var all: [UInt8] = []
        for _ in 0..<320 {
            let records = try kind.seal(victim.forger)
            if isOneRead { all += records } else { try victim.receive(records) }
        }
        try victim.receive(all)
        #expect(!victim.peer.channel.isActive)
        #expect(victim.peer.errors.count == 1)
        if [.keyUpdate, .keyUpdateRequest, .keyUpdateInPieces, .helloRequest].contains(kind) {
            #expect(victim.peer.errors == [.tooManyRecordsWithoutData(33)])
        }
        #expect(try victim.takeOutput().count <= 34 * 64)
        #expect(victim.peer.received.isEmpty)
    }

    @Test("are too many if they outnumber those with data")
    func betweenData() throws {
        let victim = try Victim(.v1_3, isServer: true)
        for _ in 0..<40 {
            let updates = try (0..<2).flatMap { _ in try victim.forger.keyUpdate(isRequest: false) }
            try victim.receive(try updates + victim.forger.seal(.applicationData, [7]))
        }
        #expect(victim.peer.errors == [.tooManyRecordsWithoutData(33)])
        #expect(victim.peer.received == [UInt8](repeating: 7, count: 31))
    }

    @Test("end a connection that has sent close_notify and is waiting for the peer's")
    func closing() throws {
        let victim = try Victim(.v1_3, isServer: true)
        let closed = victim.peer.channel.close()
        for _ in 0..<32 { try victim.receive(try victim.forger.keyUpdate(isRequest: false)) }
        #expect(closed.isPending)
        try victim.receive(try victim.forger.keyUpdate(isRequest: false))
        #expect(closed.isSuccess && victim.peer.errors.isEmpty)
    }

    @Test("include a renegotiation, which is refused, and the connection ends")
    func renegotiation() throws {
        let victim = try Victim(.v1_2, isServer: true)
        try victim.receive(try victim.forger.clientHello())
        #expect(victim.peer.errors == [.renegotiation])
        #expect(!victim.peer.channel.isActive)
        // One alert: header, nonce, two bytes and tag.
        #expect(try victim.takeOutput().count == 31)
    }

    @Test("include the beginning of a long renegotiation, which ends the connection too")
    func beginningOfRenegotiation() throws {
        let victim = try Victim(.v1_2, isServer: true)
        try victim.receive(try victim.forger.seal(.handshake, [1, 1, 0xff, 0xff]))
        #expect(victim.peer.errors.count == 1)
        #expect(!victim.peer.channel.isActive)
    }

    @Test("are limited during the handshake too")
    func handshake() throws {
        let peer = EmbeddedPeer(
            EmbeddedEventLoop(),
            TLSHandler(serverContext: try TLSFixture.shared.serverContext())
        )
        try peer.activate()
        // A ClientHello of 4 KiB with one byte per record.
        for byte in [1, 0, 16, 0] + [UInt8](repeating: 3, count: 124) {
            peer.receive(ByteBuffer(bytes: [22, 3, 1, 0, 1, byte]))
        }
        #expect(peer.errors.isEmpty && peer.channel.isActive)
        peer.receive(ByteBuffer(bytes: [22, 3, 1, 0, 1, 3]))
        #expect(peer.errors == [.handshakeFailed(reason: "it took more than 128 records")])
        #expect(!peer.channel.isActive)
    }

    @Test("include the beginning of a long handshake, which is refused", arguments: [[4], [1, 1, 1, 1], [3, 1]])
    func longHandshake(pieces: [Int]) throws {
        let peer = EmbeddedPeer(
            EmbeddedEventLoop(),
            TLSHandler(serverContext: try TLSFixture.shared.serverContext())
        )
        try peer.activate()
        // The header of a ClientHello of 16 KiB plus one byte.
        var header: [UInt8] = [1, 0, 64, 1]
        for piece in pieces {
            #expect(peer.errors.isEmpty && peer.channel.isActive)
            peer.receive(ByteBuffer(bytes: [22, 3, 1, 0, UInt8(piece)] + header.prefix(piece)))
            header.removeFirst(piece)
        }
        #expect(peer.errors == [.handshakeFailed(reason: "a ClientHello of more than 16384 bytes")])
        #expect(!peer.channel.isActive)
    }

    @Test("cause no reads while the channel is not writable")
    func backpressure() throws {
        let victim = try Victim(.v1_3, isServer: true)
        let channel = victim.peer.channel
        let counter = ReadCounter()
        try channel.pipeline.syncOperations.addHandler(counter, position: .first)
        channel.isWritable = false
        channel.read()
        try victim.receive(try victim.forger.keyUpdate(isRequest: true))
        #expect(counter.count == 0)
        channel.isWritable = true
        channel.pipeline.fireChannelWritabilityChanged()
        #expect(counter.count == 1)
        channel.pipeline.fireChannelWritabilityChanged()
        #expect(counter.count == 1)
    }
}

/// A server or client under test, with a peer that forges records.
private final class Victim {
    let peer: EmbeddedPeer
    let forger: RecordForger

    init(_ version: RecordForger.Version, isServer: Bool) throws {
        let fixture = try TLSFixture.shared
        let loop = EmbeddedEventLoop()
        if isServer {
            peer = EmbeddedPeer(loop, TLSHandler(serverContext: try fixture.serverContext()))
            forger = try RecordForger(client: version)
        } else {
            let context = try fixture.clientContext()
            peer = EmbeddedPeer(loop, TLSHandler(clientContext: context, serverName: "localhost"))
            let identity = fixture.server
            forger = try RecordForger(
                server: version,
                certificate: identity.certificate,
                privateKey: identity.key
            )
        }
        try peer.activate()
        for _ in 0..<4 { try receive(try forger.handshake(try takeOutput())) }
        try #require(forger.isComplete && peer.errors.isEmpty)
    }

    func receive(_ bytes: [UInt8]) throws {
        if !bytes.isEmpty, peer.channel.isActive { peer.receive(ByteBuffer(bytes: bytes)) }
    }

    func takeOutput() throws -> [UInt8] {
        var bytes: [UInt8] = []
        while let buffer = try peer.channel.readOutbound(as: ByteBuffer.self) { bytes += buffer.readableBytesView }
        return bytes
    }

    deinit {
        peer.loseConnection()
        _ = peer.channel.close()
        peer.channel.embeddedEventLoop.run()
    }
}

private final class ReadCounter: ChannelOutboundHandler {
    typealias OutboundIn = ByteBuffer
    private(set) var count = 0

    func read(context: ChannelHandlerContext) {
        count += 1
        context.read()
    }
}
