import NIOCore
import NIOEmbedded
import NIOHTTP1
import NIOOpenSSL
import Testing

@testable import HTTPClient

@Suite("An idle connection", .timeLimit(.minutes(5)))
struct IdleConnectionTests {
    /// Takes the place of TLS, whose connection stays active until the peer has sent close_notify too.
    private final class Farewell: ChannelOutboundHandler {
        typealias OutboundIn = HTTPClientRequestPart

        private let closing: EventLoopPromise<Void>

        init(_ closing: EventLoopPromise<Void>) { self.closing = closing }

        func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
            closing.succeed()
        }
    }

    private struct Setup {
        let channel = NIOAsyncTestingChannel()
        let pool = ConnectionPool(capacity: 1)
        let closing: EventLoopFuture<Void>

        /// A connection on which a request got its response.
        init() async throws {
            let (channel, pool) = (channel, pool)
            let closing = channel.testingEventLoop.makePromise(of: Void.self)
            self.closing = closing.futureResult
            try await channel.testingEventLoop.executeInContext {
                let handler = ExchangeHandler(
                    tls: nil,
                    pool: pool,
                    memory: ResponseMemory(limit: 0),
                    idleTimeout: .seconds(30)
                )
                try channel.pipeline.syncOperations.addHandlers([Farewell(closing), handler])
            }
            try await channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).get()
            let promise = channel.eventLoop.makePromise(of: HTTPClientResponse.self)
            try await channel.writeAndFlush(Self.exchange(promise)).get()
            let head = HTTPResponseHead(version: .http1_1, status: .ok, headers: ["Content-Length": "0"])
            try await channel.writeInbound(HTTPClientResponsePart.head(head))
            try await channel.writeInbound(HTTPClientResponsePart.end(nil))
            #expect(try await promise.futureResult.get().status == 200)
        }

        static func exchange(_ promise: EventLoopPromise<HTTPClientResponse>) -> Exchange {
            Exchange(
                head: HTTPRequestHead(version: .http1_1, method: .GET, uri: "/"),
                timeout: .seconds(10),
                limit: 100,
                promise: promise
            )
        }
    }

    enum End: CaseIterable {
        case timer, peer, owner, error
    }

    @Test("is not used once it begins to close, although it is still active", arguments: End.allCases)
    func closing(by end: End) async throws {
        let setup = try await Setup()
        let channel = setup.channel
        switch end {
        case .timer: await channel.testingEventLoop.advanceTime(by: .seconds(31))
        case .peer: channel.pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        case .owner: channel.close(promise: nil)
        case .error: channel.pipeline.fireErrorCaught(HTTPClientError.closedEarly)
        }
        try await setup.closing.get()
        #expect(channel.isActive)
        #expect(setup.pool.take(madeWith: nil) === nil)
        let promise = channel.eventLoop.makePromise(of: HTTPClientResponse.self)
        await #expect(throws: ChannelError.ioOnClosedChannel, "its previous user cannot send anything over it") {
            try await channel.writeAndFlush(Setup.exchange(promise)).get()
        }
        promise.fail(CancellationError())
        channel.testingEventLoop.execute { channel.pipeline.fireChannelInactive() }
    }

    @Test("is used unless something ends it")
    func idle() async throws {
        let setup = try await Setup()
        await setup.channel.testingEventLoop.advanceTime(by: .seconds(29))
        #expect(setup.pool.take(madeWith: nil) === setup.channel)
        setup.channel.close(promise: nil)
        try await setup.closing.get()
    }

    @Test("is closed instead of being used if it was made with a different certificate")
    func renewed() async throws {
        let setup = try await Setup()
        #expect(setup.pool.take(madeWith: try TLSContext(client: TLSClientConfiguration())) === nil)
        try await setup.closing.get()
        #expect(setup.pool.take(madeWith: nil) === nil)
    }
}
