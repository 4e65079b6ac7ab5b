internal import Glibc

/// Scans the bytes of a head. All bytes that it reads are in `0..<count`, and so is every range that it returns;
/// methods that take a range must be given one of those.
struct ByteScanner {
    private let start: UnsafeRawPointer
    private let count: Int
    /// The offset of the next byte; at most `count`.
    private(set) var offset = 0

    /// - Parameter start: Points to `count` bytes that outlive the scanner.
    init(_ start: UnsafeRawPointer, count: Int) {
        self.start = start
        self.count = count
    }

    /// Must be called only for `0..<count`.
    private func byte(_ place: Int) -> UInt8 { start.load(fromByteOffset: place, as: UInt8.self) }

    // MARK: Advancing

    /// Advances past the text if it comes next.
    @inline(__always)
    mutating func skip(_ text: StaticString) -> Bool {
        let length = text.utf8CodeUnitCount
        guard count - offset >= length, memcmp(start + offset, text.utf8Start, length) == 0 else { return false }
        offset += length
        return true
    }

    /// Advances past all following bytes of this kind.
    @inline(__always)
    mutating func span(while isOfKind: (UInt8) -> Bool) -> Range<Int> {
        let first = offset
        while offset < count, isOfKind(byte(offset)) { offset += 1 }
        return first..<offset
    }

    /// Advances past all following visible ASCII characters and spaces.
    mutating func spanOfText() -> Range<Int> {
        let first = offset
        while offset + 8 <= count {
            guard Self.isText(start.loadUnaligned(fromByteOffset: offset, as: UInt64.self)) else { break }
            offset += 8
        }
        while offset < count, (0x20...0x7e).contains(byte(offset)) { offset += 1 }
        return first..<offset
    }

    /// Whether all eight bytes are in `0x20...0x7e`. A subtraction borrows from a higher byte only if a lower one is
    /// outside this range, so the result is correct.
    private static func isText(_ word: UInt64) -> Bool {
        let (ones, highest): (UInt64, UInt64) = (0x0101_0101_0101_0101, 0x8080_8080_8080_8080)
        let belowSpace = (word &- ones &* 0x20) & ~word
        let delete = (word ^ ones &* 0x7f) &- ones
        return (word | belowSpace | delete & ~(word ^ ones &* 0x7f)) & highest == 0
    }

    // MARK: Ranges

    func begins(_ range: Range<Int>, with byte: UInt8) -> Bool { !range.isEmpty && self.byte(range.lowerBound) == byte }

    /// Whether the range is not empty, and has no space at either end.
    func isTrimmed(_ range: Range<Int>) -> Bool {
        !range.isEmpty && byte(range.lowerBound) != UInt8(ascii: " ") && byte(range.upperBound - 1) != UInt8(ascii: " ")
    }

    @inline(__always)
    func isEqual(_ range: Range<Int>, _ text: StaticString) -> Bool {
        range.count == text.utf8CodeUnitCount && memcmp(start + range.lowerBound, text.utf8Start, range.count) == 0
    }

    /// Whether these letters, digits, `-`, `_` and `.` are this name, which must be in lower case and without `_`.
    /// Setting the bit that makes letters lower-case changes none of the other characters except `_`, which does not
    /// become one of them.
    @inline(__always)
    func isName(_ range: Range<Int>, _ name: StaticString) -> Bool {
        guard range.count == name.utf8CodeUnitCount else { return false }
        for place in 0..<range.count where byte(range.lowerBound + place) | 0x20 != name.utf8Start[place] {
            return false
        }
        return true
    }

    /// The decimal number without a leading zero; nil if this is not one, or has more digits.
    func number(_ range: Range<Int>, maximumDigits: Int) -> Int? {
        guard (1...maximumDigits).contains(range.count), range.count == 1 || byte(range.lowerBound) != UInt8(ascii: "0")
        else { return nil }
        var number = 0
        for place in range {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte(place)) else { return nil }
            number = number * 10 + Int(byte(place) - UInt8(ascii: "0"))
        }
        return number
    }

    func string(_ range: Range<Int>) -> String {
        String(decoding: UnsafeRawBufferPointer(start: start + range.lowerBound, count: range.count), as: UTF8.self)
    }
}
