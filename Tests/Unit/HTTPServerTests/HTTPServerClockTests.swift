import NIOCore
import NIOEmbedded
import NIOHTTP1
import NIOOpenSSL
import Synchronization
import TestSupport
import Testing

@testable import HTTPServer

@Suite("The server uses the time of its event loops and of its log", .timeLimit(.minutes(5)))
struct HTTPServerClockTests {
    @Test(
        "to keep a connection with a new request, and to evict it first if it has been slow for more than a second",
        arguments: [(Int64(1), "idle"), (2, "slow")]
    )
    func eviction(_ seconds: Int64, _ evicted: String) throws {
        let loop = EmbeddedEventLoop()
        var limits = HTTPLimits()
        limits.maximumConnections = 2
        let connections = HTTPConnections(limits)
        let (idle, slow) = (EmbeddedChannel(loop: loop), EmbeddedChannel(loop: loop))
        for channel in [idle, slow] {
            let registration = connections.add(channel)
            try HTTPConnectionHandler(responder: Responder(), limits: limits, registration: registration)
                .add(to: channel.pipeline.syncOperations)
            try channel.connect(to: try SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
            try channel.writeInbound(ByteBuffer(string: "GET / HTTP/1.1\r\nHost: a\r\n\r\n"))
        }
        try slow.writeInbound(ByteBuffer(string: "GE"))
        loop.advanceTime(by: .seconds(seconds))
        let new = EmbeddedChannel(loop: loop)
        #expect(connections.add(new) != nil)
        #expect(idle.isActive == (evicted != "idle") && slow.isActive == (evicted != "slow"))
        for channel in [idle, slow, new] { _ = try? channel.finish(acceptAlreadyClosed: true) }
    }

    @Test("to determine the age of a new connection")
    func since() throws {
        let loop = EmbeddedEventLoop()
        loop.advanceTime(by: .seconds(7))
        let registration = HTTPConnections().add(EmbeddedChannel(loop: loop))
        #expect(registration?.status.since == .uptimeNanoseconds(7_000_000_000))
    }

    @Test("to log failed handshakes twice a second, with the number of omitted ones")
    func handshakes() {
        let start = ContinuousClock.now
        let (now, lines) = (Box(start), RecordedLog())
        let log = TLSHandshakeLog(lines.logger, now: { now.value.withLock { $0 } })
        // Every 100 ms from 0 to 1 s.
        for step in 0...10 {
            now.value.withLock { $0 = start + .milliseconds(100 * step) }
            log.failed(.failed, TLSError.truncated, from: nil)
        }
        #expect(lines.lines.map { $0.metadata["omitted"] } == ["0", "4", "4"])
        log.failed(.timedOut, TLSError.handshakeTimeout, from: nil)
        #expect(lines.lines.count == 4, "each result is limited separately")
    }

    // MARK: Helpers

    private final class Responder: HTTPResponder {
        func screen(_ head: RequestHead, from peer: HTTPPeer) -> HeadVerdict { .accept(maximumBody: 0) }

        func respond(to request: HTTPRequest, on eventLoop: any EventLoop) -> HTTPAnswer { .immediate(.text(.ok, "")) }
    }

    private final class Box<Value: Sendable>: Sendable {
        let value: Mutex<Value>

        init(_ value: Value) { self.value = Mutex(value) }
    }
}
