import Foundation
import NIOCore
import NIOEmbedded
import TestSupport
import Testing

@testable import NIOOpenSSL

@Suite("Many connections", .timeLimit(.minutes(3)))
struct ServiceTests {
    @Test("Certificates are exchanged under load without one failed connection")
    func rotation() async throws {
        let fixture = try Fixture.shared
        let contexts = try (0..<2).map { index in
            let identity = try fixture.authority.issue(subject: "/CN=\(index)", dnsNames: Fixture.names)
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

    @Test("A connection outlives the exchange of its context, which goes with its last connection")
    func contextLifetime() throws {
        let fixture = try Fixture.shared
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

    /// How a connection ends.
    enum Ending: CaseIterable, Sendable {
        case orderly
        case truncated
        case refused
        case midHandshake
        case removed
    }

    @Test("A connection leaves nothing behind, whatever way it ends", arguments: Ending.allCases)
    func release(ending: Ending) throws {
        weak var connection: TLSConnection?
        weak var handler: TLSHandler?
        do {
            let pair = try EmbeddedPair.make()
            handler = pair.server.handler
            try run(pair, ending) { connection = pair.server.handler.connection }
            #expect(pair.server.channel.isActive == (ending == .removed))
            pair.loop.run()
            #expect(connection == nil)
            pair.tearDown()
        }
        #expect(handler == nil)
    }

    @Test("Memory does not grow with the number of connections that have been")
    func memory() throws {
        let fixture = try Fixture.shared
        let client = try fixture.clientContext()
        let server = try fixture.serverContext()
        let connect = { (index: Int) in
            let pair = EmbeddedPair(client: client, server: server)
            try run(pair, Ending.allCases[index % Ending.allCases.count]) {}
            pair.tearDown()
        }
        for index in 0..<200 { try connect(index) }
        let before = try residentBytes()
        for index in 0..<1_500 { try connect(index) }
        let growth = try residentBytes() - before
        // An SSL holds some 10 KiB at each end; the tests that run beside this one hold a few MiB at times.
        #expect(growth < 30 << 20, "\(growth) bytes")
    }

    /// proc_pid_statm(5): the second number counts resident pages.
    private func residentBytes() throws -> Int {
        let text = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8)
        let pages = try #require(text.split(separator: " ").dropFirst().first.flatMap { Int($0) })
        return pages * Int(sysconf(Int32(_SC_PAGESIZE)))
    }

    private func run(_ pair: EmbeddedPair, _ ending: Ending, whenConnected: () -> Void) throws {
        if ending == .midHandshake {
            try pair.server.activate()
            try pair.client.activate()
            _ = try pair.carry(from: pair.client, to: pair.server)
        } else {
            try pair.connect()
            pair.client.send([UInt8](repeating: 1, count: 1_000))
            try pair.exchange()
        }
        whenConnected()
        switch ending {
        case .orderly:
            _ = pair.client.channel.close()
            try pair.exchange()
            _ = pair.server.channel.close()
            try pair.exchange()
        case .truncated, .midHandshake:
            for peer in [pair.client, pair.server] {
                peer.loseConnection()
                _ = peer.channel.close()
            }
        case .refused:
            pair.server.receive(ByteBuffer(string: "this is no TLS record"))
            try pair.exchange()
        case .removed:
            for peer in [pair.client, pair.server] {
                try peer.channel.pipeline.syncOperations.removeHandler(peer.handler).wait()
            }
        }
    }
}
