import TestSupport
import Testing

@testable import NIOOpenSSL

@Suite("RecordBoundaries", .timeLimit(.minutes(5)))
struct RecordBoundariesTests {
    @Test("find the end of each record, however the bytes arrive")
    func pieces() {
        var generator = SeededGenerator(seed: 7)
        for _ in 0..<200 {
            let lengths = (0..<8).map { _ in Int.random(in: 0...300, using: &generator) }
            var bytes = lengths.flatMap {
                [23, 3, 3, UInt8($0 >> 8), UInt8($0 & 255)] + [UInt8](repeating: 0xff, count: $0)
            }[...]
            var boundaries = RecordBoundaries()
            var ends: [Int] = []
            let total = bytes.count
            while !bytes.isEmpty {
                boundaries.advance()
                let piece = bytes.prefix(min(boundaries.remaining, Int.random(in: 1...200, using: &generator)))
                Array(piece).withUnsafeBytes { boundaries.consume($0) }
                bytes = bytes.dropFirst(piece.count)
                #expect(boundaries.isWithinRecord != boundaries.isAtEnd)
                if boundaries.isAtEnd {
                    #expect(boundaries.remaining == 0 && boundaries.type == 23)
                    ends.append(total - bytes.count)
                }
            }
            #expect(ends == lengths.reduce(into: []) { $0.append(($0.last ?? 0) + 5 + $1) })
        }
    }

    @Test("recognise an SSL 2.0 ClientHello only as the first record")
    func oldClientHello() {
        let bytes: [UInt8] = [0x80, 0x2e, 1, 3, 1]
        var boundaries = RecordBoundaries()
        bytes.withUnsafeBytes { boundaries.consume($0) }
        #expect(boundaries.remaining == 0x2e + 2 - 5)
        [UInt8](repeating: 0, count: boundaries.remaining).withUnsafeBytes { boundaries.consume($0) }
        #expect(boundaries.isAtEnd)
        boundaries.advance()
        bytes.withUnsafeBytes { boundaries.consume($0) }
        #expect(boundaries.remaining == 0x301)
    }
}
