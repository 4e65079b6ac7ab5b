/// Writes compact JSON into a byte array. It places the commas; the caller sees to it that keys and values alternate.
package struct JSONWriter {
    package private(set) var bytes: [UInt8] = []
    private var needsComma = false

    package init(reservingCapacity capacity: Int = 256) { bytes.reserveCapacity(capacity) }

    package mutating func reserveCapacity(_ capacity: Int) { bytes.reserveCapacity(capacity) }

    package var string: String { String(decoding: bytes, as: UTF8.self) }

    package mutating func object(_ members: (inout JSONWriter) -> Void) {
        open("{")
        members(&self)
        close("}")
    }

    package mutating func array(_ elements: (inout JSONWriter) -> Void) {
        open("[")
        elements(&self)
        close("]")
    }

    /// - Parameter name: A name that needs no escapes.
    package mutating func key(_ name: StaticString) {
        comma()
        append("\"")
        append(static: name)
        append(static: "\":")
        needsComma = false
    }

    package mutating func key(escaping name: String) {
        string(name)
        append(":")
        needsComma = false
    }

    package mutating func string(_ value: String) {
        var value = value
        value.withUTF8 { string(utf8: UnsafeRawBufferPointer($0)) }
    }

    /// - Parameter value: A text in UTF-8.
    mutating func string(utf8 value: UnsafeRawBufferPointer) {
        comma()
        append("\"")
        escape(value)
        append("\"")
        needsComma = true
    }

    package mutating func int(_ value: some FixedWidthInteger) { raw(String(value).utf8) }

    package mutating func bool(_ value: Bool) { raw(value ? "true" : "false") }

    package mutating func null() { raw("null") }

    /// Writes a value that is already JSON.
    package mutating func raw(_ json: some Sequence<UInt8>) {
        comma()
        bytes.append(contentsOf: json)
        needsComma = true
    }

    /// Writes a value that is already JSON.
    package mutating func raw(_ json: [UInt8]) {
        comma()
        bytes.append(contentsOf: json)
        needsComma = true
    }

    /// Writes a value that is already JSON.
    package mutating func raw(_ json: StaticString) {
        comma()
        append(static: json)
        needsComma = true
    }

    package mutating func member(_ name: StaticString, _ value: String) {
        key(name)
        string(value)
    }

    package mutating func member(_ name: StaticString, _ value: Bool) {
        key(name)
        bool(value)
    }

    package mutating func member(_ name: StaticString, _ value: some FixedWidthInteger) {
        key(name)
        int(value)
    }

    package mutating func member(escaping name: String, _ value: String) {
        key(escaping: name)
        string(value)
    }

    /// Writes `data` as a string in base64.
    package mutating func base64(_ data: [UInt8]) {
        comma()
        append("\"")
        Base64.encode(data, into: &bytes)
        append("\"")
        needsComma = true
    }

    private mutating func open(_ bracket: Unicode.Scalar) {
        comma()
        append(bracket)
        needsComma = false
    }

    private mutating func close(_ bracket: Unicode.Scalar) {
        append(bracket)
        needsComma = true
    }

    private mutating func comma() {
        if needsComma { append(",") }
    }

    // MARK: For those who place the commas themselves

    mutating func append(static text: StaticString) {
        bytes.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    mutating func append(contentsOf json: ArraySlice<UInt8>) { bytes.append(contentsOf: json) }

    /// Writes a string.
    mutating func append(string utf8: UnsafeRawBufferPointer) {
        needsComma = false
        string(utf8: utf8)
    }

    /// Lets a value follow without a comma.
    mutating func beginValue() { needsComma = false }

    mutating func replaceLast(with ascii: Unicode.Scalar) {
        bytes[bytes.count - 1] = UInt8(truncatingIfNeeded: ascii.value)
    }

    // MARK: Escapes

    private mutating func append(_ ascii: Unicode.Scalar) { bytes.append(UInt8(truncatingIfNeeded: ascii.value)) }

    /// Escapes quotation marks, backslashes and control characters, as RFC 8259, section 7, demands.
    private mutating func escape(_ utf8: UnsafeRawBufferPointer) {
        guard !Self.mustEscape(utf8) else {
            for byte in utf8 { escape(byte) }
            return
        }
        bytes.append(contentsOf: utf8)
    }

    /// Whether any of the bytes must be escaped. This takes most of the time of writing a string, so it checks eight at
    /// once.
    private static func mustEscape(_ bytes: UnsafeRawBufferPointer) -> Bool {
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
