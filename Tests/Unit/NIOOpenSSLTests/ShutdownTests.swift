import NIOCore
import NIOEmbedded
import NIOOpenSSL
import TestNetwork
import Testing

@Suite("Shutdown", .timeLimit(.minutes(5)))
struct ShutdownTests {
    @Test("sends close_notify, waits for the peer's, then closes", arguments: [TLSVersion.v1_2, .v1_3])
    func orderly(version: TLSVersion) throws {
        let pair = try EmbeddedPair.make(version: version)
        try pair.connect()
        let closed = pair.client.channel.close()
        #expect(closed.isPending && pair.client.channel.isActive)
        try pair.carry(from: pair.client, to: pair.server)
        #expect(pair.server.events.last == .inputClosed)
        #expect(pair.server.channel.isActive)
        let answered = pair.server.channel.close()
        #expect(answered.isSuccess && !pair.server.channel.isActive)
        try pair.exchange()
        #expect(closed.isSuccess && !pair.client.channel.isActive)
        #expect(pair.client.errors.isEmpty && pair.server.errors.isEmpty)
        #expect(pair.client.events == [.active, .handshakeCompleted("http/1.1"), .inactive])
    }

    @Test("can be started by both peers at once")
    func crossing() throws {
        let pair = try EmbeddedPair.make()
        try pair.connect()
        let first = pair.client.channel.close()
        let second = pair.server.channel.close()
        try pair.exchange()
        #expect(first.isSuccess && second.isSuccess)
        #expect(pair.client.errors.isEmpty && pair.server.errors.isEmpty)
    }

    @Test("delivers data before a close_notify in the same buffer, and the data can still be answered")
    func dataWithCloseNotify() throws {
        let pair = try EmbeddedPair.make()
        try pair.connect()
        pair.client.send("question")
        _ = pair.client.channel.close()
        pair.delivery = .coalesced
        try pair.carry(from: pair.client, to: pair.server)
        #expect(pair.server.text == "question")
        #expect(pair.server.events == [.active, .handshakeCompleted("http/1.1"), .read, .inputClosed])
        #expect(pair.server.send("answer").isSuccess)
    }

    @Test("gives a server its configured time to respond after the client's close_notify")
    func answerTimeout() throws {
        let fixture = try TLSFixture.shared
        let answerTimeout = TimeAmount.seconds(45)
        let handler = TLSHandler(serverContext: try fixture.serverContext(), answerTimeout: answerTimeout)
        let pair = EmbeddedPair(client: try fixture.clientContext(), server: handler)
        try pair.connect()
        pair.client.send("question")
        _ = pair.client.channel.close()
        try pair.exchange()
        pair.loop.advanceTime(by: answerTimeout - .milliseconds(1))
        #expect(pair.server.send("answer").isSuccess && pair.server.channel.isActive)
        pair.loop.advanceTime(by: .milliseconds(1))
        #expect(!pair.server.channel.isActive && pair.server.errors.isEmpty)
    }

    @Test("closes a pipeline that does not close itself within the shutdown timeout after the peer's close_notify")
    func idlePipeline() throws {
        let pair = try EmbeddedPair.make()
        try pair.connect()
        let closed = pair.client.channel.close()
        try pair.exchange()
        #expect(pair.server.channel.isActive)
        pair.loop.advanceTime(by: .seconds(5))
        #expect(!pair.server.channel.isActive)
        try pair.exchange()
        #expect(closed.isSuccess)
        #expect(pair.server.errors.isEmpty)
    }

    @Test("does not wait longer than the shutdown timeout for the peer's close_notify")
    func silentPeer() throws {
        let pair = try EmbeddedPair.make()
        try pair.connect()
        let closed = pair.client.channel.close()
        pair.loop.advanceTime(by: .milliseconds(4_999))
        #expect(closed.isPending)
        pair.loop.advanceTime(by: .milliseconds(1))
        #expect(closed.isSuccess && !pair.client.channel.isActive)
        #expect(pair.client.errors.isEmpty)
    }

    @Test("discards what arrives after our close_notify")
    func dataAfterClose() throws {
        let pair = try EmbeddedPair.make()
        try pair.connect()
        pair.server.send([UInt8](repeating: 1, count: 100_000))
        let closed = pair.client.channel.close()
        try pair.exchange()
        #expect(pair.client.received.isEmpty)
        _ = pair.server.channel.close()
        try pair.exchange()
        #expect(closed.isSuccess && pair.client.errors.isEmpty)
    }

    @Test("makes further closes wait for the first one, and refuses to close only one half")
    func repeatedClose() throws {
        let pair = try EmbeddedPair.make()
        try pair.connect()
        #expect(pair.client.channel.close(mode: .output).error as? ChannelError == .operationUnsupported)
        let first = pair.client.channel.close()
        let second = pair.client.channel.close()
        #expect(first.isPending && second.isPending)
        try pair.exchange()
        _ = pair.server.channel.close()
        try pair.exchange()
        #expect(first.isSuccess && second.isSuccess)
    }

    @Test("closes at once during the handshake")
    func closeInHandshake() throws {
        let pair = try EmbeddedPair.make()
        try pair.server.activate()
        try pair.client.activate()
        let write = pair.client.send("x")
        _ = try pair.client.channel.readOutbound(as: ByteBuffer.self)
        #expect(pair.client.channel.close().isSuccess)
        #expect(write.error as? ChannelError == .ioOnClosedChannel)
        #expect(try pair.client.channel.readOutbound(as: ByteBuffer.self) == nil)
        #expect(pair.client.errors.isEmpty)
    }

    @Test("reports the end of TCP without close_notify as a truncation", arguments: [TLSVersion.v1_2, .v1_3])
    func truncation(version: TLSVersion) throws {
        let pair = try EmbeddedPair.make(version: version)
        try pair.connect()
        pair.server.send("half an ans")
        try pair.exchange()
        let write = pair.client.channel.write(ByteBuffer(string: "x"))
        pair.client.loseConnection()
        #expect(pair.client.text == "half an ans")
        #expect(pair.client.errors == [.truncated])
        #expect(pair.client.events.suffix(2) == [.error, .inactive])
        #expect(write.error as? TLSError == .truncated)
    }

    @Test("accepts the end of TCP after close_notify")
    func cleanEnd() throws {
        let pair = try EmbeddedPair.make()
        try pair.connect()
        let closed = pair.client.channel.close()
        try pair.carry(from: pair.client, to: pair.server)
        pair.server.loseConnection()
        pair.client.loseConnection()
        #expect(closed.isSuccess)
        #expect(pair.server.errors.isEmpty && pair.client.errors.isEmpty)
    }

    @Test("reports a TCP half close without close_notify as a truncation, and nothing after it")
    func halfClose() throws {
        let pair = try EmbeddedPair.make()
        try pair.connect()
        pair.server.channel.pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        #expect(pair.server.errors == [.truncated])
        #expect(!pair.server.channel.isActive)

        let other = try EmbeddedPair.make()
        try other.connect()
        _ = other.client.channel.close()
        try other.carry(from: other.client, to: other.server)
        other.server.channel.pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        #expect(other.server.events.count(where: { $0 == .inputClosed }) == 1)
        #expect(other.server.errors.isEmpty)
    }

    @Test("happens with an error and an alert if bytes after the handshake are not a record")
    func garbage() throws {
        let pair = try EmbeddedPair.make()
        try pair.connect()
        let write = pair.server.channel.write(ByteBuffer(string: "x"))
        pair.server.receive(ByteBuffer(string: "\u{17}\u{3}\u{3}\0\u{20}this is no ciphertext of any kind"))
        #expect(pair.server.errors == [.connectionFailed(reason: "decryption failed or bad record mac")])
        #expect(write.error is TLSError)
        #expect(!pair.server.channel.isActive)
        try pair.exchange()
        let reason = "sslv3 alert bad record mac (SSL alert number 20)"
        #expect(pair.client.errors == [.connectionFailed(reason: reason)])
    }

    @Test("fails later writes")
    func writeAfterClose() throws {
        let pair = try EmbeddedPair.make()
        try pair.connect()
        let unflushed = pair.client.channel.write(ByteBuffer(string: "x"))
        _ = pair.client.channel.close()
        #expect(unflushed.error as? ChannelError == .ioOnClosedChannel)
        #expect(pair.client.send("y").error as? ChannelError == .ioOnClosedChannel)
    }

    @Test("after a failed handshake fails waiting writes in order, flushed or not")
    func writesOfFailedHandshake() throws {
        let pair = try EmbeddedPair.make()
        try pair.server.activate()
        let failed = NIOLoopBoundBox<[Int]>([], eventLoop: pair.loop)
        let writes = (0..<4).map { index in
            let write = pair.server.channel.write(ByteBuffer(string: index == 1 ? "" : "x"))
            write.whenFailure { _ in failed.value.append(index) }
            if index == 2 { pair.server.channel.flush() }
            return write
        }
        pair.server.receive(ByteBuffer(string: "GET / HTTP/1.1\r\n\r\n"))
        let error = TLSError.handshakeFailed(reason: "http request")
        #expect(writes.map { $0.error as? TLSError } == [error, error, error, error])
        #expect(failed.value == [0, 1, 2, 3])
    }

    @Test("by removing the handler fails what waits in it, and the channel completes a pending close")
    func removal() throws {
        let pair = try EmbeddedPair.make()
        try pair.connect()
        let write = pair.client.channel.write(ByteBuffer(string: "x"))
        try pair.client.channel.pipeline.syncOperations.removeHandler(pair.client.handler).wait()
        #expect(write.error as? ChannelError == .ioOnClosedChannel)
        #expect(pair.client.channel.isActive)

        let closed = pair.server.channel.close()
        try pair.server.channel.pipeline.syncOperations.removeHandler(pair.server.handler).wait()
        #expect(closed.isSuccess && !pair.server.channel.isActive)
    }
}
