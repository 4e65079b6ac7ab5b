import NIOCore
import NIOEmbedded
import NIOHTTP1
import Synchronization
import Testing

@testable import HTTPClient

@Suite("The handler of a connection", .timeLimit(.minutes(5)))
struct ExchangeHandlerTests {
    /// A connection on which a stream was requested.
    private struct Setup {
        let channel = NIOAsyncTestingChannel()
        let body: Exchange.Body.NewSequence
        let response: EventLoopFuture<HTTPClientResponse>

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
                    memory: ResponseMemory(limit: 0),
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
            let promise = channel.eventLoop.makePromise(of: HTTPClientResponse.self)
            response = promise.futureResult
            let exchange = Exchange(
                head: HTTPRequestHead(version: .http1_1, method: .GET, uri: "/"),
                timeout: .seconds(10),
                limit: 100,
                stream: Exchange.Stream(source: body.source, idleTimeout: .seconds(60)),
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

    /// A handler at the network end that counts the reads that reach it.
    private final class ReadHandler: ChannelOutboundHandler {
        typealias OutboundIn = HTTPClientRequestPart

        private let reads: ReadCounter

        init(_ reads: ReadCounter) { self.reads = reads }

        func read(context: ChannelHandlerContext) {
            reads.increment()
            context.read()
        }
    }

    @Test("stops reading while the reader has enough, and does not count that as silence")
    func backPressure() async throws {
        let (setup, reads) = try await Setup.make()
        try await setup.receiveHead()
        let parts = setup.body.sequence.makeAsyncIterator()
        for number in 0..<3 { try await setup.receive(.body(ByteBuffer(integer: UInt8(number)))) }
        let count = reads.count
        setup.channel.read()
        await setup.pass(.zero)
        #expect(reads.count == count, "the read is delayed")
        await setup.pass(.hours(1))
        #expect(setup.channel.isActive)
        for number in 0..<3 { #expect(try await parts.next() == ByteBuffer(integer: UInt8(number))) }
        await setup.pass(.zero)
        #expect(reads.count == count + 1, "the read follows when the reader has caught up")
    }

    @Test("gives up on a stream that is silent for too long")
    func silence() async throws {
        let (setup, _) = try await Setup.make()
        try await setup.receiveHead()
        #expect(try await setup.response.get().status == 200)
        let parts = setup.body.sequence.makeAsyncIterator()
        await setup.pass(.seconds(50))
        #expect(setup.channel.isActive, "the deadline applied only to the head")
        await setup.pass(.seconds(20))
        #expect(!setup.channel.isActive)
        await #expect(throws: HTTPClientError.timedOut(.nextPart, limit: .seconds(60))) { try await parts.next() }
    }

    @Test("gives up on a server that does not begin to respond")
    func noHead() async throws {
        let (setup, _) = try await Setup.make()
        await setup.pass(.seconds(10))
        #expect(!setup.channel.isActive)
        let failure = await #expect(throws: ExchangeFailure.self) { try await setup.response.get() }
        #expect(failure?.error == .timedOut(.response, limit: .seconds(10)))
    }

    @Test("closes the connection when a stream's reader is gone")
    func readerGone() async throws {
        let (setup, _) = try await Setup.make()
        try await setup.receiveHead()
        _ = { _ = setup.body.sequence.makeAsyncIterator() }()
        try await setup.channel.closeFuture.get()
    }

    @Test("closes a connection that receives unrequested data")
    func unsolicited() async throws {
        let channel = NIOAsyncTestingChannel()
        try await channel.testingEventLoop.executeInContext {
            let handler = ExchangeHandler(
                tls: nil,
                pool: ConnectionPool(capacity: 1),
                memory: ResponseMemory(limit: 0),
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
