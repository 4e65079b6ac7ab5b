import TestSupport
import Testing

@testable import NIOOpenSSL

@Suite("HandshakeMessages", .timeLimit(.minutes(5)))
struct HandshakeMessagesTests {
    @Test(
        "limit a ClientHello anywhere, but no other messages",
        arguments: [
            ([(1, 16_384)], true), ([(1, 16_385)], false), ([(1, 200), (1, 16_385)], false),
            ([(11, 30_000), (16, 70), (15, 80)], true), ([(11, 30_000), (1, 16_385)], false), ([(1, 0), (1, 0)], true),
        ] as [([(UInt8, Int)], Bool)]
    )
    func limit(_ messages: [(UInt8, Int)], _ isShort: Bool) {
        // Content that looks like the headers of long messages.
        let bytes = messages.flatMap { type, length in
            [type, 0, UInt8(length >> 8), UInt8(length & 255)] + [UInt8](repeating: 1, count: length)
        }
        var generator = SeededGenerator(seed: 5)
        for largest in [1, 3, 1000, 100_000] {
            var found = HandshakeMessages()
            var rest = bytes[...]
            var result = true
            while result, !rest.isEmpty {
                let piece = Array(rest.prefix(Int.random(in: 1...largest, using: &generator)))
                rest = rest.dropFirst(piece.count)
                result = piece.withUnsafeBytes { found.consume($0) }
            }
            #expect(result == isShort)
        }
    }
}
