import NIOCore
import NIOEmbedded
import NIOTLS
import Testing

@testable import HTTPClient

@Suite("The proxy handler", .timeLimit(.minutes(5)))
struct ProxyHandlerTests {
    /// Records what the handlers behind the proxy handler see.
    private final class Observer: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        var activations = 0
        var handshakes = 0
        var text = ""
        var errors: [HTTPClientError] = []

        func channelActive(context: ChannelHandlerContext) { activations += 1 }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) { text += String(buffer: unwrapInboundIn(data)) }

        func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
            if case TLSUserEvent.handshakeCompleted = event { handshakes += 1 }
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { errors.append(HTTPClientError(error)) }
    }

    private let observer = Observer()
    private let channel = EmbeddedChannel()

    private func connect(_ proxy: String) throws {
        let server = ServerURL(isTLS: true, host: "api.test", port: 6443)
        let proxy = try ProxyURL(parsing: proxy)
        let handshake = ConnectHandshake(to: server, through: proxy, userAgent: "test")
        let handler = ProxyHandler(proxy, handshake, timeout: .seconds(10))
        try channel.pipeline.syncOperations.addHandlers([handler, observer])
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
    }

    private func receive(_ text: String) throws { try channel.writeInbound(ByteBuffer(string: text)) }

    private func sent() throws -> String {
        try channel.readOutbound(as: ByteBuffer.self).map { String(buffer: $0) } ?? ""
    }

    private func error(_ reason: String) -> [HTTPClientError] { [.connection(reason: "the proxy \(reason)")] }

    @Test("lets the server's connection start when the handshake is complete")
    func complete() throws {
        try connect("http://p")
        #expect(try sent().hasPrefix("CONNECT api.test:6443 HTTP/1.1\r\n"))
        try receive("HTTP/1.1 200 ")
        #expect(observer.activations == 0)
        try receive("OK\r\n\r\nhello")
        try receive(" again")
        #expect(observer.activations == 1 && observer.text == "hello again")
        try channel.writeOutbound(ByteBuffer(string: "to the server"))
        #expect(try sent() == "to the server")
        channel.embeddedEventLoop.advanceTime(by: .seconds(20))
        #expect(observer.errors.isEmpty)
        _ = try channel.finish()
    }

    @Test("limits the time to wait for a silent proxy")
    func timeout() throws {
        try connect("socks5://p")
        channel.embeddedEventLoop.advanceTime(by: .seconds(9))
        #expect(observer.errors.isEmpty)
        channel.embeddedEventLoop.advanceTime(by: .seconds(1))
        #expect(observer.errors == error("socks5://p:1080 did not answer within 10.0 seconds"))
        try receive("HTTP/1.1 200 OK\r\n\r\n")
        _ = try channel.finish()
        #expect(observer.activations == 0 && observer.errors.count == 1)
    }

    @Test("reports once that the proxy refused or closed the connection")
    func failures() throws {
        try connect("http://me:s3cret@p")
        try receive("HTTP/1.1 403 No\r\n\r\n")
        channel.pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        _ = try channel.finish()
        #expect(observer.errors == error("http://p:80 answered: 403 No"))

        let other = ProxyHandlerTests()
        try other.connect("http://p")
        other.channel.pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        _ = try other.channel.finish()
        #expect(other.observer.errors == error("http://p:80 closed the connection before answering"))
    }

    @Test("starts after the TLS handshake with an HTTPS proxy, which is not the server's")
    func https() throws {
        try connect("https://p")
        #expect(try sent() == "")
        channel.pipeline.fireUserInboundEventTriggered(TLSUserEvent.handshakeCompleted(negotiatedProtocol: nil))
        #expect(try sent().hasPrefix("CONNECT "))
        #expect(observer.handshakes == 0)
        try receive("HTTP/1.1 200 OK\r\n\r\n")
        #expect(observer.activations == 1 && observer.handshakes == 0)
        _ = try channel.finish()
    }

    @Test("reports that the TLS handshake with the proxy failed")
    func httpsFailure() throws {
        try connect("https://p")
        channel.pipeline.fireErrorCaught(ChannelError.ioOnClosedChannel)
        let reason = "https://p:443 cannot be reached: it closed the connection before its answer was complete"
        #expect(observer.errors == error(reason))
        _ = try channel.finish()
    }
}
