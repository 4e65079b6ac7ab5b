import NIOCore
import NIOEmbedded
import NIOHTTP1
import NIOOpenSSL
import Synchronization
import Testing

@testable import Kubernetes

@Suite("The handler of a connection", .timeLimit(.minutes(5)))
struct ExchangeHandlerTests {
    /// A connection on which a stream was asked for.
    private struct Setup {
        let channel = NIOAsyncTestingChannel()
        let body: Exchange.Body.NewSequence
        let response: EventLoopFuture<APIResponse>

        static func make() async throws -> (Setup, ReadCounter) {
            let reads = ReadCounter()
            return (try await Setup(reads), reads)
        }

        private init(_ reads: ReadCounter) async throws {
            let channel = channel
            try await channel.testingEventLoop.executeInContext {
                let handler = ExchangeHandler(
                    tls: nil,
                    pool: ConnectionPool(capacity: 1),
                    memory: AnswerMemory(limit: 0),
                    idleTimeout: .seconds(30)
                )
                try channel.pipeline.syncOperations.addHandlers([ReadHandler(reads), handler])
            }
            try await channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).get()
            body = Exchange.Body.makeSequence(
                elementType: ByteBuffer.self,
                failureType: (any Error).self,
                backPressureStrategy: .init(lowWatermark: 1, highWatermark: 2),
                finishOnDeinit: true,
                delegate: BodyDelegate(channel: channel)
            )
            let promise = channel.eventLoop.makePromise(of: APIResponse.self)
            response = promise.futureResult
            let exchange = Exchange(
                head: HTTPRequestHead(version: .http1_1, method: .GET, uri: "/"),
                timeout: .seconds(10),
                limit: 100,
                answer: .stream(source: body.source, idleTimeout: .seconds(60)),
                promise: promise
            )
            try await channel.writeAndFlush(exchange).get()
        }

        func receive(_ part: HTTPClientResponsePart) async throws { try await channel.writeInbound(part) }

        func receiveHead() async throws {
            try await receive(.head(HTTPResponseHead(version: .http1_1, status: .ok)))
        }

        func pass(_ time: TimeAmount) async { await channel.testingEventLoop.advanceTime(by: time) }
    }

    private final class ReadCounter: Sendable {
        private let state = Mutex(0)
        var count: Int { state.withLock { $0 } }
        func increment() { state.withLock { $0 += 1 } }
    }

    /// Stands where the bytes come from, and counts what the handler lets through.
    private final class ReadHandler: ChannelOutboundHandler {
        typealias OutboundIn = HTTPClientRequestPart

        private let reads: ReadCounter

        init(_ reads: ReadCounter) { self.reads = reads }

        func read(context: ChannelHandlerContext) {
            reads.increment()
            context.read()
        }
    }

    @Test("reads no more while the reader has enough, and does not call that silence")
    func backPressure() async throws {
        let (setup, reads) = try await Setup.make()
        try await setup.receiveHead()
        let parts = setup.body.sequence.makeAsyncIterator()
        for number in 0..<3 { try await setup.receive(.body(ByteBuffer(integer: UInt8(number)))) }
        let count = reads.count
        setup.channel.read()
        await setup.pass(.zero)
        #expect(reads.count == count, "the read is held back")
        await setup.pass(.hours(1))
        #expect(setup.channel.isActive)
        for number in 0..<3 { #expect(try await parts.next() == ByteBuffer(integer: UInt8(number))) }
        await setup.pass(.zero)
        #expect(reads.count == count + 1, "and comes when the reader has caught up")
    }

    @Test("gives up a stream that is silent for too long")
    func silence() async throws {
        let (setup, _) = try await Setup.make()
        try await setup.receiveHead()
        #expect(try await setup.response.get().status == 200)
        let parts = setup.body.sequence.makeAsyncIterator()
        await setup.pass(.seconds(50))
        #expect(setup.channel.isActive, "the deadline was for the head")
        await setup.pass(.seconds(20))
        #expect(!setup.channel.isActive)
        await #expect(throws: ExchangeError.idleTimeout(.seconds(60))) { try await parts.next() }
    }

    @Test("gives up a server that does not begin to answer")
    func noHead() async throws {
        let (setup, _) = try await Setup.make()
        await setup.pass(.seconds(10))
        #expect(!setup.channel.isActive)
        await #expect(throws: ExchangeFailure.self) { try await setup.response.get() }
    }

    @Test("closes the connection when the reader of a stream is gone")
    func readerGone() async throws {
        let (setup, _) = try await Setup.make()
        try await setup.receiveHead()
        _ = { _ = setup.body.sequence.makeAsyncIterator() }()
        try await setup.channel.closeFuture.get()
    }

    @Test("closes a connection on which something comes that nobody asked for")
    func unsolicited() async throws {
        let channel = NIOAsyncTestingChannel()
        try await channel.testingEventLoop.executeInContext {
            let handler = ExchangeHandler(
                tls: nil,
                pool: ConnectionPool(capacity: 1),
                memory: AnswerMemory(limit: 0),
                idleTimeout: .hours(1)
            )
            try channel.pipeline.syncOperations.addHandler(handler)
        }
        try await channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).get()
        try await channel.writeInbound(
            HTTPClientResponsePart.head(HTTPResponseHead(version: .http1_1, status: .ok))
        )
        #expect(!channel.isActive)
    }
}

@Suite("A connection that waits for its next request", .timeLimit(.minutes(5)))
struct IdleConnectionTests {
    /// Stands where TLS does, whose connection stays active until the peer has said goodbye too.
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

        /// A connection on which a request was answered.
        init() async throws {
            let (channel, pool) = (channel, pool)
            let closing = channel.testingEventLoop.makePromise(of: Void.self)
            self.closing = closing.futureResult
            try await channel.testingEventLoop.executeInContext {
                let handler = ExchangeHandler(
                    tls: nil,
                    pool: pool,
                    memory: AnswerMemory(limit: 0),
                    idleTimeout: .seconds(30)
                )
                try channel.pipeline.syncOperations.addHandlers([Farewell(closing), handler])
            }
            try await channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).get()
            let promise = channel.eventLoop.makePromise(of: APIResponse.self)
            try await channel.writeAndFlush(Self.exchange(promise)).get()
            let head = HTTPResponseHead(version: .http1_1, status: .ok, headers: ["Content-Length": "0"])
            try await channel.writeInbound(HTTPClientResponsePart.head(head))
            try await channel.writeInbound(HTTPClientResponsePart.end(nil))
            #expect(try await promise.futureResult.get().status == 200)
        }

        static func exchange(_ promise: EventLoopPromise<APIResponse>) -> Exchange {
            Exchange(
                head: HTTPRequestHead(version: .http1_1, method: .GET, uri: "/"),
                timeout: .seconds(10),
                limit: 100,
                answer: .whole,
                promise: promise
            )
        }
    }

    enum End: CaseIterable {
        case timer, peer, owner, error
    }

    @Test("is taken by nobody once it is being closed, though it is active still", arguments: End.allCases)
    func closing(by end: End) async throws {
        let setup = try await Setup()
        let channel = setup.channel
        switch end {
        case .timer: await channel.testingEventLoop.advanceTime(by: .seconds(31))
        case .peer: channel.pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        case .owner: channel.close(promise: nil)
        case .error: channel.pipeline.fireErrorCaught(ExchangeError.closedEarly)
        }
        try await setup.closing.get()
        #expect(channel.isActive)
        #expect(setup.pool.take(madeWith: nil) === nil)
        let promise = channel.eventLoop.makePromise(of: APIResponse.self)
        await #expect(throws: ChannelError.ioOnClosedChannel, "whoever took it before sends nothing over it") {
            try await channel.writeAndFlush(Setup.exchange(promise)).get()
        }
        promise.fail(CancellationError())
        channel.testingEventLoop.execute { channel.pipeline.fireChannelInactive() }
    }

    @Test("is taken while nothing ends it")
    func idle() async throws {
        let setup = try await Setup()
        await setup.channel.testingEventLoop.advanceTime(by: .seconds(29))
        #expect(setup.pool.take(madeWith: nil) === setup.channel)
        setup.channel.close(promise: nil)
        try await setup.closing.get()
    }

    @Test("is closed instead of taken when it was made with another certificate")
    func renewed() async throws {
        let setup = try await Setup()
        #expect(setup.pool.take(madeWith: try TLSContext(client: TLSClientConfiguration())) === nil)
        try await setup.closing.get()
        #expect(setup.pool.take(madeWith: nil) === nil)
    }
}
