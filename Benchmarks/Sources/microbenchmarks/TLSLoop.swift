import Glibc
import NIOCore
import NIOEmbedded
import NIOOpenSSL

/// A TLS client and a TLS server in one thread, connected with each other.
final class TLSLoop {
    private let client: EmbeddedChannel
    private let server: EmbeddedChannel

    init() throws {
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
        server = EmbeddedChannel(
            handler: TLSHandler(serverContext: try TLSContext(server: serving)),
            loop: loop
        )
        client = EmbeddedChannel(
            handler: TLSHandler(clientContext: try TLSContext(client: trusting), serverName: "localhost"),
            loop: loop
        )
        for channel in [server, client] {
            try channel.connect(to: try SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        }
        while try carry(from: client, to: server) || carry(from: server, to: client) {}
    }

    /// There and back.
    func exchange(request: [UInt8], response: [UInt8]) throws {
        try send(request, from: client, to: server)
        try send(response, from: server, to: client)
    }

    private func send(_ bytes: [UInt8], from sender: EmbeddedChannel, to receiver: EmbeddedChannel) throws {
        sender.writeAndFlush(ByteBuffer(bytes: bytes), promise: nil)
        _ = try carry(from: sender, to: receiver)
        var count = 0
        while let plaintext = try receiver.readInbound(as: ByteBuffer.self) { count += plaintext.readableBytes }
        guard count == bytes.count else { throw BenchmarkError.noPlaintext }
    }

    /// Returns whether there was anything.
    private func carry(from sender: EmbeddedChannel, to receiver: EmbeddedChannel) throws -> Bool {
        var isAny = false
        while let ciphertext = try sender.readOutbound(as: ByteBuffer.self) {
            try receiver.writeInbound(ciphertext)
            isAny = true
        }
        return isAny
    }
}
