import COpenSSL
import NIOCore
import NIOEmbedded
import NIOOpenSSL
import TestNetwork
import Testing

@Suite("A handshake", .timeLimit(.minutes(5)))
struct HandshakeTests {
    @Test("leads to a connection that carries data, in both versions of TLS and however the stream is divided")
    func versions() throws {
        for version in [TLSVersion.v1_2, .v1_3] {
            for delivery in EmbeddedPair.Delivery.allCases {
                let pair = try EmbeddedPair.make(version: version, delivery: delivery)
                try pair.connect()
                #expect(pair.client.handler.negotiatedVersion == version)
                #expect(pair.server.handler.negotiatedVersion == version)
                pair.client.send("question")
                try pair.exchange()
                pair.server.send("answer")
                try pair.exchange()
                #expect(pair.server.text == "question")
                #expect(pair.client.text == "answer")
                let expected: [EmbeddedRecorder.Event] = [.active, .handshakeCompleted("http/1.1"), .read]
                #expect(pair.client.events == expected)
                #expect(pair.server.events == expected)
            }
        }
    }

    @Test("completes before data that arrives in one buffer with the client's Finished")
    func dataWithFinished() throws {
        for version in [TLSVersion.v1_2, .v1_3] {
            let pair = try EmbeddedPair.make(version: version, delivery: .coalesced)
            try pair.server.activate()
            try pair.client.activate()
            pair.client.send("early")
            try pair.exchange()
            #expect(pair.server.text == "early")
            #expect(pair.server.events == [.active, .handshakeCompleted("http/1.1"), .read])
        }
    }

    @Test("starts at once if the handler is added to an active channel")
    func addedToActiveChannel() throws {
        let fixture = try TLSFixture.shared
        let channel = EmbeddedChannel()
        try channel.connect(to: SocketAddress(unixDomainSocketPath: "/test")).wait()
        let handler = TLSHandler(clientContext: try fixture.clientContext(), serverName: "localhost")
        try channel.pipeline.syncOperations.addHandler(handler)
        let hello = try #require(try channel.readOutbound(as: ByteBuffer.self))
        #expect(hello.getInteger(at: 0, as: UInt8.self) == 22)
    }

    @Test(
        "selects the server's first ALPN protocol that the client supports, or none",
        arguments: [
            (["http/1.1"], ["h2", "http/1.1"], "http/1.1"),
            (["b", "a"], ["a", "b"], "b"),
            (["http/1.1"], ["h2"], nil),
            (["http/1.1"], [], nil),
            ([], ["http/1.1"], nil),
        ] as [([String], [String], String?)]
    )
    func applicationProtocol(server: [String], client: [String], agreed: String?) throws {
        let fixture = try TLSFixture.shared
        let pair = EmbeddedPair(
            client: try fixture.clientContext { $0.applicationProtocols = client },
            server: try fixture.serverContext { $0.applicationProtocols = server }
        )
        try pair.connect()
        #expect(pair.client.events == [.active, .handshakeCompleted(agreed)])
        #expect(pair.server.events == [.active, .handshakeCompleted(agreed)])
        #expect(pair.client.handler.applicationProtocol == agreed)
        #expect(pair.server.handler.applicationProtocol == agreed)
    }

    @Test("fails on both sides with a reason if they have no common version")
    func noCommonVersion() throws {
        let fixture = try TLSFixture.shared
        let pair = EmbeddedPair(
            client: try fixture.clientContext { $0.maximumVersion = .v1_2 },
            server: try fixture.serverContext { $0.minimumVersion = .v1_3 }
        )
        try pair.connect()
        #expect(pair.server.errors == [.handshakeFailed(reason: "unsupported protocol")])
        #expect(pair.client.errors == [.handshakeFailed(reason: "tlsv1 alert protocol version (SSL alert number 70)")])
        #expect(pair.client.events == [.active, .error, .inactive])
        #expect(pair.server.events == [.active, .error, .inactive])
    }

    @Test("that is not completed in time fails, closes the channel and fails the writes", arguments: [0, 9])
    func timeout(bytesOfHello: Int) throws {
        let pair = try EmbeddedPair.make()
        try pair.server.activate()
        try pair.client.activate()
        let write = pair.server.send("never")
        let hello = try #require(try pair.client.channel.readOutbound(as: ByteBuffer.self))
        if bytesOfHello > 0 { pair.server.receive(try #require(hello.getSlice(at: 0, length: bytesOfHello))) }
        pair.loop.advanceTime(by: .milliseconds(9_999))
        #expect(pair.server.errors.isEmpty)
        pair.loop.advanceTime(by: .milliseconds(1))
        #expect(pair.server.errors == [.handshakeTimeout])
        #expect(write.error as? TLSError == .handshakeTimeout)
        #expect(!pair.server.channel.isActive)
    }

    @Test("cancels its timer when it completes")
    func timerEnds() throws {
        let pair = try EmbeddedPair.make()
        try pair.connect()
        pair.loop.advanceTime(by: .hours(1))
        #expect(pair.server.errors.isEmpty && pair.client.errors.isEmpty)
        #expect(pair.server.channel.isActive && pair.client.channel.isActive)
    }

    @Test(
        "fails without a response if the bytes are not TLS",
        arguments: [
            ("GET / HTTP/1.1\r\nHost: a\r\n\r\n", "http request"),
            ("SSH-2.0-OpenSSH_9.2\r\n", "wrong version number"),
            ("\0\0\0\0\0\0\0\0\0\0\0\0", "wrong version number"),
        ]
    )
    func notTLS(bytes: String, reason: String) throws {
        let pair = try EmbeddedPair.make()
        try pair.server.activate()
        pair.server.receive(ByteBuffer(string: bytes))
        #expect(pair.server.errors == [.handshakeFailed(reason: reason)])
        #expect(pair.server.events == [.active, .error, .inactive])
    }

    @Test("reports an error if the peer disconnects, by a full or a half close")
    func closedInHandshake() throws {
        let pair = try EmbeddedPair.make()
        try pair.server.activate()
        pair.server.loseConnection()
        #expect(pair.server.errors == [.closedDuringHandshake])

        let other = try EmbeddedPair.make()
        try other.client.activate()
        other.client.channel.pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        #expect(other.client.errors == [.closedDuringHandshake])
        #expect(!other.client.channel.isActive)
    }

    @Test("is not affected by an old entry in OpenSSL's error queue")
    func staleErrors() throws {
        let pair = try EmbeddedPair.make(delivery: .byteByByte)
        pair.beforeDelivery = {
            #expect(BIO_new_file("/no/such/file", "r") == nil)
            #expect(ERR_peek_error() != 0)
        }
        try pair.connect()
        pair.client.send("still fine")
        try pair.exchange()
        #expect(pair.server.text == "still fine")
        #expect(pair.client.errors.isEmpty && pair.server.errors.isEmpty)
    }
}
