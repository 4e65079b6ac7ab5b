import NIOCore
import NIOEmbedded
import NIOHTTP1
import Testing

@testable import HTTPServer

@Suite("The HTTP connection handler", .timeLimit(.minutes(5)))
struct HTTPConnectionHandlerTests {
    @Test("answers a request that arrives byte by byte")
    func byteByByte() throws {
        let connection = try Connection()
        for byte in "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello".utf8 {
            try connection.receive([byte])
        }
        #expect(try connection.output.hasSuffix("\r\n\r\nhello"))
    }

    @Test("answers many pipelined requests in one read in order, without deep recursion")
    func pipelined() throws {
        let connection = try Connection()
        let requests = (0..<5000).map { "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\n\(1000 + $0)" }
        try connection.receive(requests.joined())
        let bodies = try connection.output.split(separator: "\r\n\r\n").dropFirst().map { $0.prefix(4) }
        #expect(bodies == (0..<5000).map { Substring(String(1000 + $0)) })
    }

    @Test("lets pipelined requests wait for a delayed response, and reads nothing meanwhile")
    func laterAnswer() throws {
        let connection = try Connection()
        try connection.receive("POST /later HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\n1")
        try connection.receive("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\n2")
        #expect(try connection.output == "")
        connection.responder.complete()
        let output = try connection.output
        #expect(output.contains("later") && output.hasSuffix("2"))
        #expect(output.split(separator: "later").count == 2)
    }

    @Test(
        "has a deadline for each phase",
        arguments: [
            ("", HTTPDeadlines().idle, ""),
            ("POST /echo HT", HTTPDeadlines().head, "408"),
            ("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhe", HTTPDeadlines().body, "408"),
            ("POST /later HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\n1", HTTPDeadlines().response, ""),
        ]
    )
    func deadlines(_ received: String, _ deadline: TimeAmount, _ answer: String) throws {
        let connection = try Connection()
        if !received.isEmpty { try connection.receive(received) }
        connection.loop.advanceTime(by: deadline - .milliseconds(1))
        #expect(connection.channel.isActive)
        #expect(try connection.output == "")
        connection.loop.advanceTime(by: .milliseconds(2))
        #expect(!connection.channel.isActive)
        #expect(try connection.output.contains(answer) || answer.isEmpty)
    }

    @Test("does not extend the deadline of a head for trickling bytes")
    func trickle() throws {
        let connection = try Connection()
        for byte in "POST /echo HTTP/1.1".utf8 where connection.channel.isActive {
            try connection.receive([byte])
            connection.loop.advanceTime(by: .seconds(1))
        }
        #expect(!connection.channel.isActive)
    }

    @Test("does not add up a head and the incomplete next one in the same read")
    func deadlinePerRequest() throws {
        let connection = try Connection()
        let request = "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\n1"
        try connection.receive("PO")
        for _ in 0..<10 {
            connection.loop.advanceTime(by: .seconds(6))
            try connection.receive(request.dropFirst(2) + "PO")
        }
        #expect(connection.channel.isActive)
    }

    @Test("keeps an idle connection for longer than the API server's own 90 seconds after its last request")
    func idle() throws {
        #expect(HTTPDeadlines().idle > .seconds(90))
        let connection = try Connection()
        for _ in 0..<5 {
            connection.loop.advanceTime(by: HTTPDeadlines().idle - .seconds(1))
            try connection.receive("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\n1")
        }
        #expect(connection.channel.isActive)
        connection.loop.advanceTime(by: HTTPDeadlines().idle + .seconds(1))
        #expect(!connection.channel.isActive)
    }

    @Test("answers HEAD with only the head")
    func head() throws {
        let connection = try Connection()
        try connection.receive("HEAD /echo HTTP/1.1\r\nHost: a\r\n\r\n")
        let output = try connection.output
        #expect(output.hasPrefix("HTTP/1.1 200 OK\r\n") && output.hasSuffix("\r\n\r\n"))
    }

    @Test("answers an HTTP/1.0 client, and then closes the connection")
    func http10() throws {
        let connection = try Connection()
        try connection.receive("GET /echo HTTP/1.0\r\n\r\n")
        #expect(try connection.output.hasPrefix("HTTP/1.0 200 OK"))
        #expect(!connection.channel.isActive)
    }

    @Test("answers a refused request, and drops the rest of its body until the client stops")
    func lingering() throws {
        let connection = try Connection()
        try connection.receive("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999\r\n\r\n")
        #expect(try connection.output.hasPrefix("HTTP/1.1 413"))
        try connection.receive([UInt8](repeating: 0x61, count: 100_000))
        #expect(connection.channel.isActive)
        connection.loop.advanceTime(by: HTTPDeadlines().lingering + .milliseconds(1))
        #expect(!connection.channel.isActive)
    }

    @Test(
        "answers garbage with 400",
        arguments: ["\u{16}\u{03}\u{01}", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "GET\r\n\r\n"]
    )
    func garbage(_ text: String) throws {
        let connection = try Connection()
        try? connection.receive(text)
        #expect(try connection.output.hasPrefix("HTTP/1.1 400"))
        try? connection.receive("GET /echo HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(try connection.output == "")
        connection.loop.advanceTime(by: HTTPDeadlines().lingering + .milliseconds(1))
        #expect(!connection.channel.isActive)
    }

    @Test("completes the response to garbage when more follows")
    func moreGarbage() throws {
        let connection = try Connection()
        for _ in 0..<3 { try connection.receive("\u{16}\u{03}\u{01}") }
        #expect(try connection.output.hasPrefix("HTTP/1.1 400"))
        #expect(connection.channel.isActive)
    }

    @Test("completes the response to a request that is followed by garbage")
    func garbageBehind() throws {
        let connection = try Connection()
        try connection.receive("POST /later HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\n1")
        for _ in 0..<2 { try connection.receive("\u{16}\u{03}\u{01}") }
        connection.responder.complete()
        #expect(try connection.output.hasSuffix("later"))
        #expect(!connection.channel.isActive)
    }

    @Test(
        "answers a request for another protocol in this one, and then closes the connection",
        arguments: ["GET /echo HTTP/1.1\r\nConnection: upgrade\r\nUpgrade: h2c", "CONNECT a:443 HTTP/1.1"]
    )
    func upgrade(_ head: String) throws {
        let connection = try Connection()
        try connection.receive("\(head)\r\nHost: a\r\n\r\n")
        let output = try connection.output
        #expect(output.hasPrefix("HTTP/1.1 200 OK") && output.contains("connection: close"))
        #expect(!connection.channel.isActive)
    }

    @Test("looks up the peer once for all requests of a connection")
    func peer() throws {
        var asked = 0
        let channel = EmbeddedChannel()
        let handler = HTTPConnectionHandler(responder: Responder(), limits: HTTPLimits()) {
            asked += 1
            return HTTPPeer()
        }
        try handler.add(to: channel.pipeline.syncOperations)
        try channel.connect(to: try SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        for _ in 0..<3 { try channel.writeInbound(ByteBuffer(string: "GET /echo HTTP/1.1\r\nHost: a\r\n\r\n")) }
        #expect(asked == 1)
        _ = try? channel.finish(acceptAlreadyClosed: true)
    }

    @Test("counts a pipelined request with a delayed response as being answered, even if its client was slow before")
    func activity() throws {
        let connection = try Connection()
        func takes(_ isWritable: Bool) {
            connection.channel.isWritable = isWritable
            connection.channel.pipeline.fireChannelWritabilityChanged()
        }
        takes(false)
        try connection.receive("GET /now HTTP/1.1\r\nHost: a\r\n\r\nGET /later HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(connection.registration?.status.activity == .sending)
        takes(true)
        #expect(connection.registration?.status.activity == .answering)
        connection.responder.complete()
        #expect(connection.registration?.status.activity == .idle)
    }

    // MARK: Helpers

    /// Echoes requests. Responses for `/later` wait for the test. Bodies have at most 100 bytes.
    private final class Responder: HTTPResponder {
        private var waiting: EventLoopPromise<HTTPResponse>?

        func screen(_ head: RequestHead, from peer: HTTPPeer) -> HeadVerdict { .accept(maximumBody: 100) }

        func respond(to request: HTTPRequest, on eventLoop: any EventLoop) -> HTTPAnswer {
            guard request.path == "/later" else {
                return .immediate(HTTPResponse(.ok, contentType: "text/plain", body: request.body))
            }
            let promise = eventLoop.makePromise(of: HTTPResponse.self)
            waiting = promise
            return .deferred(promise.futureResult)
        }

        func complete() { waiting?.succeed(.text(.ok, "later")) }
    }

    private final class Connection {
        let channel: EmbeddedChannel
        let responder = Responder()
        let registration: HTTPConnectionRegistration?
        var loop: EmbeddedEventLoop { channel.embeddedEventLoop }

        init() throws {
            channel = EmbeddedChannel()
            registration = HTTPConnections().add(channel)
            let handler = HTTPConnectionHandler(
                responder: responder,
                limits: HTTPLimits(),
                registration: registration
            )
            try handler.add(to: channel.pipeline.syncOperations)
            try channel.connect(to: try SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        }

        func receive(_ bytes: [UInt8]) throws { try channel.writeInbound(ByteBuffer(bytes: bytes)) }

        func receive(_ text: String) throws { try receive(Array(text.utf8)) }

        /// What has been sent since the last call.
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
