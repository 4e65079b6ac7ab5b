import NIOCore
import NIOEmbedded
import NIOHTTP1
import Testing

@testable import HTTPServer

@Suite("The memory of long responses", .timeLimit(.minutes(5)))
struct AnswerMemoryTests {
    @Test("is taken from a client that does not read, for one that does")
    func givesWay() throws {
        let connections = connections(memory: 150_000)
        let slow = try Client(connections)
        slow.takes(false)
        slow.ask()
        #expect(slow.channel.isActive)
        let fast = try Client(connections)
        fast.ask()
        #expect(try fast.output.hasPrefix("HTTP/1.1 200"))
        #expect(fast.channel.isActive && !slow.channel.isActive)
    }

    @Test("is released when the response has been read or the client is gone")
    func free() throws {
        let connections = connections(memory: 150_000)
        let slow = try Client(connections)
        slow.takes(false)
        slow.ask()
        slow.takes(true)
        let gone = try Client(connections)
        gone.takes(false)
        gone.ask()
        gone.channel.close(promise: nil)
        let last = try Client(connections)
        last.ask()
        #expect(slow.channel.isActive)
        #expect(try last.output.hasPrefix("HTTP/1.1 200"))
    }

    @Test("is refused with 503 if there is not enough")
    func none() throws {
        let client = try Client(connections(memory: 90_000))
        client.ask()
        let output = try client.output
        #expect(output.hasPrefix("HTTP/1.1 503") && output.contains("retry-after: 1"))
        #expect(client.channel.isActive)
    }

    // MARK: Helpers

    private func connections(memory: Int) -> HTTPConnections {
        var limits = HTTPLimits()
        limits.maximumBufferedBytes = memory
        return HTTPConnections(limits)
    }

    /// Always responds with 100,000 bytes.
    private final class Responder: HTTPResponder {
        func screen(_ head: RequestHead, from peer: HTTPPeer) -> HeadVerdict { .accept(maximumBody: 0) }

        func respond(to request: HTTPRequest, on eventLoop: any EventLoop) -> HTTPAnswer {
            .immediate(.text(.ok, String(repeating: "x", count: 100_000)))
        }
    }

    private final class Client {
        let channel = EmbeddedChannel()

        init(_ connections: HTTPConnections) throws {
            let registration = connections.add(channel)
            try HTTPConnectionHandler(responder: Responder(), limits: HTTPLimits(), registration: registration)
                .add(to: channel.pipeline.syncOperations)
            try channel.connect(to: try SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        }

        func takes(_ isWritable: Bool) {
            channel.isWritable = isWritable
            channel.pipeline.fireChannelWritabilityChanged()
        }

        func ask() {
            channel.pipeline.fireChannelRead(ByteBuffer(string: "GET / HTTP/1.1\r\nHost: a\r\n\r\n"))
            channel.pipeline.fireChannelReadComplete()
        }

        var output: String {
            get throws {
                var text = ""
                while let buffer = try channel.readOutbound(as: ByteBuffer.self) { text += String(buffer: buffer) }
                return text
            }
        }

        deinit { _ = try? channel.finish(acceptAlreadyClosed: true) }
    }
}
