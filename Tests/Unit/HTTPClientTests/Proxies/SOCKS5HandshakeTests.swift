import Testing

@testable import HTTPClient

@Suite("A SOCKS 5 handshake", .timeLimit(.minutes(5)))
struct SOCKS5HandshakeTests {
    private func handshake(to host: String = "api.test", _ proxy: String = "socks5://p") throws -> SOCKS5Handshake {
        SOCKS5Handshake(
            to: ServerURL(isTLS: true, host: host, port: 6443),
            through: try ProxyURL(parsing: proxy)
        )
    }

    private static let connected: [UInt8] = [5, 0, 0, 1, 10, 0, 0, 1, 0x1f, 0x90]
    private static let request: [UInt8] = [5, 1, 0, 3, 8] + Array("api.test".utf8) + [0x19, 0x2b]

    @Test("lets the proxy resolve names, and passes addresses on unchanged")
    func addresses() throws {
        for (host, address) in [
            ("api.test", [3, 8] + Array("api.test".utf8)), ("10.0.0.1", [1, 10, 0, 0, 1]),
            ("fd00::1", [4, 0xfd, 0] + [UInt8](repeating: 0, count: 13) + [1]),
        ] {
            let run = HandshakeRun.everyCut(try handshake(to: host), [5, 0] + Self.connected)
            #expect(run.sent == [[5, 1, 0] + address + [0x19, 0x2b]])
            #expect(run.isComplete && run.rest.isEmpty)
        }
        let long = HandshakeRun(try handshake(to: String(repeating: "a", count: 256)), [[5, 0]])
        #expect(long.failure == "accepts server names of at most 255 bytes" && long.sent.isEmpty)
    }

    @Test("sends the user name and password only if the proxy requests them")
    func authentication() throws {
        let open = try handshake()
        #expect(open.greeting == [5, 1, 0])
        let closed = try handshake("socks5://me:pass@p")
        #expect(closed.greeting == [5, 2, 0, 2])
        let login: [UInt8] = [1, 2] + Array("me".utf8) + [4] + Array("pass".utf8)
        let run = HandshakeRun.everyCut(closed, [5, 2, 1, 0] + Self.connected + [7, 8])
        #expect(run.sent == [login, Self.request])
        #expect(run.isComplete && run.rest == [7, 8])
        #expect(HandshakeRun.everyCut(closed, [5, 0] + Self.connected).sent == [Self.request])
        HandshakeRun.damage(closed, [5, 2, 1, 0] + Self.connected)
    }

    @Test(
        "reads the proxy's address of any type",
        arguments: [[1, 1, 2, 3, 4], [3, 0], [3, 3, 97, 98, 99], [4] + [UInt8](repeating: 9, count: 16)] as [[UInt8]]
    )
    func replies(address: [UInt8]) throws {
        let answer = [5, 0, 5, 0, 0] + address + [0, 80]
        let run = HandshakeRun.everyCut(try handshake(), answer + [22, 3, 1])
        #expect(run.isComplete && run.rest == [22, 3, 1])
        HandshakeRun.damage(try handshake(), answer)
    }

    @Test(
        "reports why it failed",
        arguments: [
            ([5, 0, 5, 5, 0, 1, 0, 0, 0, 0, 0, 0], "answered: connection refused by destination host"),
            ([5, 0, 5, 2, 0, 1], "answered: connection not allowed by ruleset"),
            ([5, 0, 5, 9, 0, 1], "answered: failure 9"), ([5, 0, 5, 0, 0, 2], "sent an address of the unknown type 2"),
            (Array("HTTP/1.1 400".utf8), "does not speak SOCKS 5"),
            ([5, 0, 4, 0, 0, 1, 0, 0, 0, 0, 0, 0], "does not speak SOCKS 5"),
            ([5, 2], "requires a user name and password: put them into its URL, socks5://USER:PASSWORD@HOST:PORT"),
            ([5, 0xff], "requires a user name and password: put them into its URL, socks5://USER:PASSWORD@HOST:PORT"),
        ] as [([UInt8], String)]
    )
    func failures(answer: [UInt8], reason: String) throws {
        #expect(HandshakeRun.everyCut(try handshake(), answer).failure == reason)
    }

    @Test("reports that the proxy refused the credentials", arguments: [[5, 2, 1, 1], [5, 0xff]] as [[UInt8]])
    func refusals(answer: [UInt8]) throws {
        let run = HandshakeRun.everyCut(try handshake("socks5://me:s3cret@p"), answer)
        #expect(run.failure == "rejected the user name and password")
    }
}
