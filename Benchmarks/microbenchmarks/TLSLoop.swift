import Glibc
import NIOCore
import NIOEmbedded
import NIOOpenSSL

/// A TLS client and a TLS server in one thread, connected to each other.
final class TLSLoop {
    private let client: EmbeddedChannel
    private let server: EmbeddedChannel

    /// - Parameter serve: Adds the server's handlers after TLS.
    init(serve: (TLSHandler, ChannelPipeline.SynchronousOperations) throws -> Void = { _, _ in }) throws {
        let now = Int64(time(nil))
        let authority = try CertificateAuthority.make(commonName: "authority", validity: now...now + 3600)
        let identity = try authority.issue(commonName: "server", dnsNames: ["localhost"], validity: now...now + 3600)
        let serving = TLSServerConfiguration(
            certificateChain: identity.certificate.pem,
            privateKey: identity.privateKey
        )
        var trusting = TLSClientConfiguration()
        trusting.trustRoots = .pem(authority.identity.certificate.pem)
        let loop = EmbeddedEventLoop()
        let tls = TLSHandler(serverContext: try TLSContext(server: serving))
        server = EmbeddedChannel(handler: tls, loop: loop)
        try serve(tls, server.pipeline.syncOperations)
        client = EmbeddedChannel(
            handler: TLSHandler(clientContext: try TLSContext(client: trusting), serverName: "localhost"),
            loop: loop
        )
        for channel in [server, client] {
            try channel.connect(to: try SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        }
        while try carry(from: client, to: server) || carry(from: server, to: client) {}
    }

    /// Sends the request to the server, and the response back.
    func exchange(request: [UInt8], response: [UInt8]) throws {
        try send(request, from: client, to: server)
        try send(response, from: server, to: client)
    }

    /// Sends a request, and returns the server's response. Only the server's work is measured.
    func exchange(_ request: [UInt8], _ measure: Step.Measure) throws -> ByteBuffer {
        client.writeAndFlush(ByteBuffer(bytes: request), promise: nil)
        // All that is available at once is one read from the server's socket.
        var ciphertext = ByteBuffer()
        while var part = try client.readOutbound(as: ByteBuffer.self) { ciphertext.writeBuffer(&part) }
        try measure { try server.writeInbound(ciphertext) }
        _ = try carry(from: server, to: client)
        var response = ByteBuffer()
        while var plaintext = try client.readInbound(as: ByteBuffer.self) { response.writeBuffer(&plaintext) }
        return response
    }

    private func send(_ bytes: [UInt8], from sender: EmbeddedChannel, to receiver: EmbeddedChannel) throws {
        sender.writeAndFlush(ByteBuffer(bytes: bytes), promise: nil)
        _ = try carry(from: sender, to: receiver)
        var count = 0
        while let plaintext = try receiver.readInbound(as: ByteBuffer.self) { count += plaintext.readableBytes }
        guard count == bytes.count else { throw BenchmarkError.noPlaintext }
    }

    /// Returns whether there was anything to pass on.
    private func carry(from sender: EmbeddedChannel, to receiver: EmbeddedChannel) throws -> Bool {
        var isAny = false
        while let ciphertext = try sender.readOutbound(as: ByteBuffer.self) {
            try receiver.writeInbound(ciphertext)
            isAny = true
        }
        return isAny
    }
}
