import NIOCore
import NIOEmbedded
import TestNetwork
import Testing

@testable import NIOOpenSSL

@Suite("Many connections", .timeLimit(.minutes(5)))
struct ServiceTests {
    @Test("can have their certificates replaced under load without a failed connection")
    func rotation() async throws {
        let fixture = try TLSFixture.shared
        let contexts = try (0..<2).map { index in
            let identity = try fixture.authority.issue(subject: "/CN=\(index)", dnsNames: TLSFixture.names)
            return try fixture.serverContext(identity)
        }
        let server = try await SocketServer.start(contexts[0])
        let client = try fixture.clientContext()
        let request = "GET /20000 HTTP/1.1\r\nConnection: close\r\n\r\n"
        let subjects = try await withThrowingTaskGroup(of: Set<String>.self) { group in
            for worker in 0..<8 {
                group.addTask {
                    var seen: Set<String> = []
                    for round in 0..<40 {
                        server.rotate(to: contexts[(worker + round) % 2])
                        let answer = try await SocketClient.exchange(port: server.port, client, send: request)
                        #expect(answer.text.utf8.count > 20_000)
                        if let peer = answer.peer { seen.insert(peer.subject) }
                    }
                    return seen
                }
            }
            return try await group.reduce(into: Set<String>()) { $0.formUnion($1) }
        }
        #expect(subjects == ["CN=0", "CN=1"])
        try await server.wait { $0.closed == 320 }
        #expect(server.snapshot.handshakes == 320)
        #expect(server.snapshot.errors.isEmpty)
        try await server.stop()
    }

    @Test("outlive the replacement of their context, which is released with its last connection")
    func contextLifetime() throws {
        let fixture = try TLSFixture.shared
        weak var context: TLSContext?
        do {
            let pair = try {
                let made = try fixture.serverContext()
                context = made
                return EmbeddedPair(client: try fixture.clientContext(), server: made)
            }()
            try pair.connect()
            pair.client.send("still here")
            try pair.exchange()
            #expect(pair.server.text == "still here")
            #expect(context != nil)
            pair.tearDown()
        }
        #expect(context == nil)
    }

    @Test("release everything, whatever way they end", arguments: EmbeddedPair.Ending.allCases)
    func release(ending: EmbeddedPair.Ending) throws {
        weak var connection: TLSConnection?
        weak var handler: TLSHandler?
        do {
            let pair = try EmbeddedPair.make()
            handler = pair.server.handler
            try pair.run(to: ending) { connection = pair.server.handler.connection }
            #expect(pair.server.channel.isActive == (ending == .removed))
            pair.loop.run()
            #expect(connection == nil)
            pair.tearDown()
        }
        #expect(handler == nil)
    }
}
