/// A JSON string as it was written, including quotation marks and escapes.
package struct JSONString: Sendable {
    package let lexeme: String

    /// - Parameter lexeme: A valid JSON string (RFC 8259), which is not checked.
    init(lexeme: String) { self.lexeme = lexeme }

    package init(_ value: String) {
        var writer = JSONWriter(reservingCapacity: value.utf8.count + 2)
        writer.string(value)
        lexeme = writer.string
    }

    /// The text without quotation marks and escapes.
    package var value: String {
        guard hasEscapes else { return String(Substring(content)) }
        return JSONEscapes.decode(content)
    }

    private var content: Substring.UTF8View { lexeme.utf8.dropFirst().dropLast() }

    private var hasEscapes: Bool { lexeme.utf8.contains(UInt8(ascii: "\\")) }
}

extension JSONString: Equatable, Hashable {
    /// Compares bytes, as Kubernetes does, without Unicode normalisation.
    func equals(_ text: String) -> Bool {
        if !hasEscapes { return lexeme.utf8.count == text.utf8.count + 2 && content.elementsEqual(text.utf8) }
        return value.utf8.elementsEqual(text.utf8)
    }

    package static func == (left: JSONString, right: JSONString) -> Bool {
        if left.lexeme.utf8.elementsEqual(right.lexeme.utf8) { return true }
        guard left.hasEscapes || right.hasEscapes else { return false }
        return left.equals(right.value)
    }

    package func hash(into hasher: inout Hasher) {
        for byte in value.utf8 { hasher.combine(byte) }
    }
}

/// The escapes in JSON strings (RFC 8259, section 7).
enum JSONEscapes {
    static func decode(_ text: some Sequence<UInt8>) -> String {
        var units: [UInt16] = []
        var output = ""
        var iterator = text.makeIterator()
        var plain: [UInt8] = []
        func flush() {
            output += String(decoding: units, as: UTF16.self) + String(decoding: plain, as: UTF8.self)
            units.removeAll()
            plain.removeAll()
        }
        while let byte = iterator.next() {
            guard byte == UInt8(ascii: "\\"), let escape = iterator.next() else {
                if !units.isEmpty { flush() }
                plain.append(byte)
                continue
            }
            if !plain.isEmpty { flush() }
            units.append(unit(escape, &iterator))
        }
        flush()
        return output
    }

    private static func unit(_ escape: UInt8, _ rest: inout some IteratorProtocol<UInt8>) -> UInt16 {
        switch escape {
        case UInt8(ascii: "b"): return 0x08
        case UInt8(ascii: "f"): return 0x0c
        case UInt8(ascii: "n"): return 0x0a
        case UInt8(ascii: "r"): return 0x0d
        case UInt8(ascii: "t"): return 0x09
        case UInt8(ascii: "u"):
            var unit: UInt16 = 0
            for _ in 0..<4 {
                guard let digit = rest.next().flatMap({ Character(Unicode.Scalar($0)).hexDigitValue }) else { break }
                unit = unit << 4 | UInt16(digit)
            }
            return unit
        default: return UInt16(escape)
        }
    }
}
