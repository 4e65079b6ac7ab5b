import NIOCore
import TestSupport
import Testing

@testable import HTTPServer

@Suite("The connection that is closed for a new one", .timeLimit(.minutes(5)))
struct HTTPConnectionEvictionTests {
    typealias Connection = HTTPEvictionPolicy.Connection

    private static let now = NIODeadline.uptimeNanoseconds(1_000_000_000_000)

    /// Connections in the order in which they were accepted: `peer state seconds`, where the state is newcomer (n),
    /// idle (i), receiving a head or body (h) or being answered (a), for this many seconds.
    private func connections(_ text: String) -> [Connection] {
        text.split(separator: ",").enumerated().map { number, entry in
            let words = entry.split(separator: " ")
            return Connection(
                peer: Int(words[0]) ?? 0,
                number: UInt64(number),
                status: HTTPConnectionStatus(
                    activity: words[1] == "i" ? .idle : words[1] == "a" ? .answering : .arriving,
                    isEstablished: words[1] != "n",
                    since: Self.now - .seconds(Int64(words[2]) ?? 0)
                )
            )
        }
    }

    @Test(
        "is the least useful one of the client with the most connections",
        arguments: [
            ("0 n 1, 0 n 2", 0, 1, 0, "of newcomers the oldest"),
            ("0 n 1, 1 n 1, 1 n 1", 2, 1, 1, "of newcomers one of the client with most"),
            ("0 n 9, 1 n 1", 1, 1, 1, "the new one counts"),
            ("0 i 9, 0 n 1", 1, 1, 1, "established ones stay while newcomers have their share"),
            ("0 i 8, 0 i 9, 0 n 1", 1, 2, 1, "established ones go while newcomers have less, the longest idle"),
            ("0 i 1, 0 i 1, 1 i 9", 2, 1, 0, "of established ones one of the client with most"),
            ("0 i 9, 0 h 2, 0 h 5", 1, 1, 2, "slow ones before idle ones"),
            ("0 h 0, 0 i 0", 1, 1, 1, "idle ones before those whose request is just coming"),
            ("0 a 9, 0 n 1", 0, 2, 1, "any before one that is being answered"),
            ("0 a 9, 0 i 1", 0, 1, 1, "any before one that is being answered"),
            ("0 a 9, 0 a 1, 0 a 5", 1, 1, 1, "of those that are being answered the latest"),
            ("0 a 9, 0 a 1", 0, 1, nil, "none of its own"),
            ("0 a 9, 1 a 1", 2, 1, nil, "none where all have the same"),
            ("0 a 9, 0 a 8, 0 a 7, 1 a 1", 1, 1, 2, "up to an equal part"),
            ("0 a 9, 0 a 8, 1 a 1", 1, 1, nil, "and not beyond it"),
        ] as [(String, Int, Int, Int?, String)]
    )
    func table(_ text: String, _ newPeer: Int, _ share: Int, _ candidate: Int?, _ rule: String) {
        let policy = HTTPEvictionPolicy(connections(text), peers: 3)
        #expect(policy.evictionCandidate(for: newPeer, share: share, now: Self.now) == candidate, "\(rule)")
    }

    @Test("is never another client's, however many connections a client opens")
    func flood() {
        var connections = self.connections(
            (["1 i 170", "1 n 0", "2 i 1", "2 a 1"] + (0..<60).map { "0 n \($0 % 9)" }).joined(separator: ",")
        )
        let others = connections.filter { $0.peer != 0 }.map(\.number)
        for number in 64..<5000 {
            let policy = HTTPEvictionPolicy(connections, peers: 3)
            let candidate = policy.evictionCandidate(for: 0, share: 16, now: Self.now)
            connections.remove(at: candidate ?? 0)
            connections.append(
                Connection(
                    peer: 0,
                    number: UInt64(number),
                    status: HTTPConnectionStatus(activity: .arriving, isEstablished: false, since: Self.now)
                )
            )
        }
        #expect(connections.filter { $0.peer != 0 }.map(\.number) == others)
    }

    @Test("depends on the client's address, and an IPv4 address is the same in any socket")
    func addresses() throws {
        func address(_ text: String) throws -> PeerAddress { PeerAddress(try SocketAddress(ipAddress: text, port: 7)) }
        #expect(try address("192.0.2.1") == address("::ffff:192.0.2.1"))
        let texts = ["192.0.2.1", "192.0.2.2", "2001:db8::1", "2001:db8::2", "2001:db8:0:1::1", "::1", "127.0.0.1"]
        #expect(try Set(texts.map(address)).count == texts.count)
        #expect(try SocketAddress(ipAddress: "::ffff:192.0.2.1", port: 7).logText == "192.0.2.1:7")
        #expect(try SocketAddress(ipAddress: "2001:db8::1", port: 7).logText == "[2001:db8::1]:7")
    }

    @Test("is found by small numbers for addresses, which are reused")
    func numbers() throws {
        var generator = SeededGenerator(seed: 3)
        var numbers = PeerNumbers()
        var open: [(address: PeerAddress, number: Int)] = []
        for _ in 0..<5000 {
            if open.count == 20 || !open.isEmpty && Bool.random(using: &generator) {
                numbers.remove(open.remove(at: Int.random(in: 0..<open.count, using: &generator)).address)
            } else {
                let last = Int.random(in: 1...250, using: &generator)
                let address = PeerAddress(try SocketAddress(ipAddress: "192.0.2.\(last)", port: 1))
                open.append((address, numbers.add(address)))
            }
            let pairs = Set(open.map(\.address))
            #expect(Set(open.map(\.number)).count == pairs.count, "each address has its own number")
            #expect(open.allSatisfy { $0.number < numbers.bound } && numbers.bound <= 20)
        }
    }
}
