import NIOCore
import NIOEmbedded

extension EmbeddedPair {
    /// How a connection ends.
    package enum Ending: CaseIterable, Sendable {
        case orderly
        case truncated
        case refused
        case midHandshake
        case removed
    }

    /// Connects, and then ends the connection in this way.
    package func run(to ending: Ending, whenConnected: () -> Void = {}) throws {
        if ending == .midHandshake {
            try server.activate()
            try client.activate()
            _ = try carry(from: client, to: server)
        } else {
            try connect()
            client.send([UInt8](repeating: 1, count: 1_000))
            try exchange()
        }
        whenConnected()
        switch ending {
        case .orderly:
            _ = client.channel.close()
            try exchange()
            _ = server.channel.close()
            try exchange()
        case .truncated, .midHandshake:
            for peer in [client, server] {
                peer.loseConnection()
                _ = peer.channel.close()
            }
        case .refused:
            server.receive(ByteBuffer(string: "this is no TLS record"))
            try exchange()
        case .removed:
            for peer in [client, server] {
                try peer.channel.pipeline.syncOperations.removeHandler(peer.handler).wait()
            }
        }
    }
}
