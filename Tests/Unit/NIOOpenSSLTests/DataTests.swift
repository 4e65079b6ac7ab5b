import NIOCore
import NIOEmbedded
import NIOOpenSSL
import TestNetwork
import Testing

@Suite("Data", .timeLimit(.minutes(5)))
struct DataTests {
    @Test(
        "that is written at once arrives completely, both ways",
        arguments: [1, 16_383, 16_384, 16_385, 229_376, 229_377, 1 << 20],
        [TLSVersion.v1_2, .v1_3]
    )
    func sizes(count: Int, version: TLSVersion) throws {
        let pair = try EmbeddedPair.make(version: version)
        try pair.connect()
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }
        let fromClient = pair.client.send(bytes)
        let fromServer = pair.server.send(bytes)
        try pair.exchange()
        #expect(pair.server.received == bytes)
        #expect(pair.client.received == bytes)
        #expect(fromClient.isSuccess && fromServer.isSuccess)
    }

    @Test("of one mebibyte arrives however the network divides it", arguments: EmbeddedPair.Delivery.allCases)
    func cuts(delivery: EmbeddedPair.Delivery) throws {
        let pair = try EmbeddedPair.make()
        try pair.connect()
        pair.delivery = delivery
        let bytes = (0..<(delivery == .byteByByte ? 1 << 17 : 1 << 20)).map { UInt8(truncatingIfNeeded: $0 >> 2) }
        pair.client.send(bytes)
        try pair.exchange()
        #expect(pair.server.received == bytes)
    }

    @Test("in small records that arrive together is delivered in one read")
    func coalescedReads() throws {
        let pair = try EmbeddedPair.make()
        try pair.connect()
        for _ in 0..<20 { pair.client.send("0123456789") }
        pair.delivery = .coalesced
        try pair.exchange()
        #expect(pair.server.received.count == 200)
        #expect(pair.server.recorder.readCount == 1)
    }

    @Test("in small writes before a flush becomes one record and one write, and their promises complete in order")
    func coalescedWrites() throws {
        let pair = try EmbeddedPair.make()
        try pair.connect()
        let channel = pair.client.channel
        let order = NIOLoopBoundBox<[Int]>([], eventLoop: pair.loop)
        let writes = (0..<100).map { index in
            let write = channel.write(ByteBuffer(string: index % 10 == 0 ? "" : "abc"))
            write.whenSuccess { order.value.append(index) }
            return write
        }
        #expect(try channel.readOutbound(as: ByteBuffer.self) == nil)
        #expect(writes.count(where: { $0.isPending }) == 100)
        channel.flush()
        #expect(order.value == Array(0..<100))
        let record = try #require(try channel.readOutbound(as: ByteBuffer.self))
        #expect(record.readableBytes == 270 + 22)
        #expect(try channel.readOutbound(as: ByteBuffer.self) == nil)
    }

    @Test("can be written without promises except for the last one, as HTTP encoders do")
    func promiseAtTheEnd() throws {
        let pair = try EmbeddedPair.make()
        try pair.connect()
        pair.server.channel.write(ByteBuffer(string: "head"), promise: nil)
        pair.server.channel.write(ByteBuffer(string: "body"), promise: nil)
        let end = pair.server.send("")
        #expect(end.isSuccess)
        try pair.exchange()
        #expect(pair.client.text == "headbody")
    }

    @Test("can be empty, alone and between others, without a record")
    func emptyWrites() throws {
        let pair = try EmbeddedPair.make()
        try pair.connect()
        #expect(pair.client.send("").isSuccess)
        let empty = try #require(try pair.client.channel.readOutbound(as: ByteBuffer.self))
        #expect(empty.readableBytes == 0)
        pair.client.send("x")
        #expect(pair.client.send("").isSuccess)
        try pair.exchange()
        #expect(pair.server.text == "x")
    }

    @Test("that is written before the handshake waits for it, and data that is not flushed waits for that")
    func early() throws {
        let pair = try EmbeddedPair.make()
        let beforeConnect = pair.client.send("1")
        try pair.server.activate()
        try pair.client.activate()
        let inHandshake = pair.client.send("2")
        let unflushed = pair.client.channel.write(ByteBuffer(string: "3"))
        #expect(beforeConnect.isPending && inHandshake.isPending)
        try pair.exchange()
        #expect(beforeConnect.isSuccess && inHandshake.isSuccess && unflushed.isPending)
        #expect(pair.server.text == "12")
        pair.client.channel.flush()
        try pair.exchange()
        #expect(unflushed.isSuccess)
        #expect(pair.server.text == "123")
    }

    @Test("is delivered at most one record at a time, so that a pipeline gets no huge buffers")
    func readSize() throws {
        let pair = try EmbeddedPair.make()
        try pair.connect()
        pair.delivery = .coalesced
        pair.client.send([UInt8](repeating: 7, count: 500_000))
        try pair.exchange()
        #expect(pair.server.received.count == 500_000)
        #expect(pair.server.recorder.largestRead <= 16_384)
    }

    @Test("that is incomplete causes another read only if autoRead is off")
    func demand() throws {
        let pair = try EmbeddedPair.make()
        let counter = ReadCounter()
        try pair.server.channel.pipeline.syncOperations.addHandler(counter, position: .first)
        try pair.server.channel.setOption(.autoRead, value: false).wait()
        try pair.connect()
        // The handshake reads without demand.
        #expect(pair.server.events.last == .handshakeCompleted("http/1.1"))
        pair.client.send("abc")
        let record = try #require(try pair.client.channel.readOutbound(as: ByteBuffer.self))
        pair.server.channel.read()
        let before = counter.count
        pair.server.receive(try #require(record.getSlice(at: 0, length: 10)))
        #expect(counter.count == before + 1)
        pair.server.receive(try #require(record.getSlice(at: 10, length: record.readableBytes - 10)))
        #expect(pair.server.text == "abc")
        #expect(counter.count == before + 1)
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
