extension JSONWriter {
    /// Escapes quotation marks, backslashes and control characters, as RFC 8259, section 7, requires.
    mutating func escape(_ utf8: UnsafeRawBufferPointer) {
        guard !Self.mustEscape(utf8) else {
            for byte in utf8 { escape(byte) }
            return
        }
        bytes.append(contentsOf: utf8)
    }

    /// Whether any of the bytes must be escaped. This takes most of the time of writing a string, so it checks eight at
    /// once.
    static func mustEscape(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var index = 0
        while index + 8 <= bytes.count {
            if mustEscape(bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self)) { return true }
            index += 8
        }
        var rest = UInt64(0x2020_2020_2020_2020)
        while index < bytes.count {
            rest = rest << 8 | UInt64(bytes[index])
            index += 1
        }
        return mustEscape(rest)
    }

    private static func mustEscape(_ word: UInt64) -> Bool {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let quotes = word ^ ones &* UInt64(UInt8(ascii: "\""))
        let backslashes = word ^ ones &* UInt64(UInt8(ascii: "\\"))
        // The subtraction sets the highest bit of a byte that is too small, if it was not set before.
        let controls = (word &- ones &* 0x20) & ~word
        let found = controls | ((quotes &- ones) & ~quotes) | ((backslashes &- ones) & ~backslashes)
        return found & (ones &* 0x80) != 0
    }

    private mutating func escape(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\""): bytes.append(contentsOf: "\\\"".utf8)
        case UInt8(ascii: "\\"): bytes.append(contentsOf: "\\\\".utf8)
        case UInt8(ascii: "\n"): bytes.append(contentsOf: "\\n".utf8)
        case UInt8(ascii: "\r"): bytes.append(contentsOf: "\\r".utf8)
        case UInt8(ascii: "\t"): bytes.append(contentsOf: "\\t".utf8)
        case 0..<0x20:
            bytes.append(contentsOf: "\\u00\(String(byte >> 4, radix: 16))\(String(byte & 15, radix: 16))".utf8)
        default: bytes.append(byte)
        }
    }
}
