/// A pointer to a value in a document (RFC 6901).
package struct JSONPointer: Equatable, Sendable, CustomStringConvertible {
    /// The text of the pointer in UTF-8: each reference token follows a `/`, with `~` and `/` escaped.
    private var text: ShortText

    package var description: String { text.withBytes { String(decoding: $0, as: UTF8.self) } }

    /// Makes a pointer from its text form, which is already escaped.
    package init(_ text: String = "") {
        self.text = ShortText()
        var text = text
        text.withUTF8 { self.text.append(UnsafeRawBufferPointer($0)) }
    }

    package func appending(key: String) -> JSONPointer {
        var key = key
        return key.withUTF8 { appending(UnsafeRawBufferPointer($0)) }
    }

    /// - Parameter key: A key without `/` and `~`.
    package func appending(key: StaticString) -> JSONPointer {
        let key = UnsafeRawBufferPointer(start: key.utf8Start, count: key.utf8CodeUnitCount)
        assert(!Self.mustEscape(key))
        var pointer = self
        pointer.text.append(UInt8(ascii: "/"))
        pointer.text.append(key)
        return pointer
    }

    private func appending(_ key: UnsafeRawBufferPointer) -> JSONPointer {
        var pointer = self
        pointer.text.append(UInt8(ascii: "/"))
        guard Self.mustEscape(key) else {
            pointer.text.append(key)
            return pointer
        }
        for byte in key {
            let isEscaped = byte == UInt8(ascii: "~") || byte == UInt8(ascii: "/")
            pointer.text.append(isEscaped ? UInt8(ascii: "~") : byte)
            guard isEscaped else { continue }
            pointer.text.append(byte == UInt8(ascii: "~") ? UInt8(ascii: "0") : UInt8(ascii: "1"))
        }
        return pointer
    }

    private static func mustEscape(_ key: UnsafeRawBufferPointer) -> Bool {
        key.contains { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "~") }
    }

    package func appending(index: Int) -> JSONPointer {
        var pointer = self
        pointer.text.append(UInt8(ascii: "/"))
        pointer.text.append(decimal: index)
        return pointer
    }

    /// Points after the last element of an array, for an `add` (RFC 6902, section 4.1).
    package func appendingEnd() -> JSONPointer { appending(key: "-" as StaticString) }

    /// Calls `body` with the text in UTF-8.
    func withUTF8<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result { text.withBytes(body) }

    /// The unescaped reference tokens; nil if the text is not a pointer.
    package var tokens: [String]? {
        let text = description.unicodeScalars
        guard let first = text.first else { return [] }
        guard first == "/" else { return nil }
        var tokens: [String] = []
        for token in text.dropFirst().split(separator: "/", omittingEmptySubsequences: false) {
            guard let name = Self.unescape(token) else { return nil }
            tokens.append(name)
        }
        return tokens
    }

    /// - Returns: Nil if a tilde is not followed by 0 or 1.
    private static func unescape(_ token: Substring.UnicodeScalarView) -> String? {
        var output = String.UnicodeScalarView()
        var rest = token
        while let scalar = rest.popFirst() {
            guard scalar == "~" else {
                output.append(scalar)
                continue
            }
            switch rest.popFirst() {
            case "0": output.append("~")
            case "1": output.append("/")
            default: return nil
            }
        }
        return String(output)
    }
}

/// Bytes that need no separate memory if there are few, as in nearly all pointers into pods.
private struct ShortText: Equatable, Sendable {
    private static let capacity = 64

    private var short = InlineArray<64, UInt8>(repeating: 0)
    private var count = 0
    /// All of the bytes, if there are more than `capacity`; otherwise empty.
    private var long: [UInt8] = []

    mutating func append(_ bytes: UnsafeRawBufferPointer) {
        guard count + bytes.count <= Self.capacity else { return appendToLong(bytes) }
        withUnsafeMutableBytes(of: &short) { short in
            UnsafeMutableRawBufferPointer(rebasing: short[count...]).copyMemory(from: bytes)
        }
        count += bytes.count
    }

    mutating func append(_ byte: UInt8) {
        guard count < Self.capacity else { return withUnsafeBytes(of: byte) { appendToLong($0) } }
        short[count] = byte
        count += 1
    }

    /// - Parameter number: Not negative.
    mutating func append(decimal number: Int) {
        if number > 9 { append(decimal: number / 10) }
        append(UInt8(ascii: "0") + UInt8(number % 10))
    }

    private mutating func appendToLong(_ bytes: UnsafeRawBufferPointer) {
        if long.isEmpty { long = withBytes { [UInt8]($0) } }
        long.append(contentsOf: bytes)
        count = long.count
    }

    func withBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        if !long.isEmpty { return long.withUnsafeBytes(body) }
        return withUnsafeBytes(of: short) { body(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
    }

    static func == (one: ShortText, other: ShortText) -> Bool {
        one.withBytes { one in other.withBytes { one.elementsEqual($0) } }
    }
}
