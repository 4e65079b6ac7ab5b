/// A pointer to a value in a document (RFC 6901).
package struct JSONPointer: Equatable, Sendable, CustomStringConvertible {
    /// The text of the pointer in UTF-8: each reference token follows a `/`, with `~` and `/` escaped.
    let bytes: [UInt8]

    package var description: String { String(decoding: bytes, as: UTF8.self) }

    /// Makes a pointer from its text form, which is already escaped.
    package init(_ text: String = "") { bytes = Array(text.utf8) }

    private init(_ bytes: [UInt8]) { self.bytes = bytes }

    package func appending(key: String) -> JSONPointer {
        JSONPointer(
            [UInt8](unsafeUninitializedCapacity: bytes.count + 1 + key.utf8.count * 2) { output, count in
                count = output.initialize(fromContentsOf: bytes)
                output[count] = UInt8(ascii: "/")
                count += 1
                for byte in key.utf8 {
                    let isEscaped = byte == UInt8(ascii: "~") || byte == UInt8(ascii: "/")
                    output[count] = isEscaped ? UInt8(ascii: "~") : byte
                    count += 1
                    guard isEscaped else { continue }
                    output[count] = byte == UInt8(ascii: "~") ? UInt8(ascii: "0") : UInt8(ascii: "1")
                    count += 1
                }
            }
        )
    }

    package func appending(index: Int) -> JSONPointer { appending(key: String(index)) }

    /// Points after the last element of an array, for an `add` (RFC 6902, section 4.1).
    package func appendingEnd() -> JSONPointer { appending(key: "-") }

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
