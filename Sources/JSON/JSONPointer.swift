/// A pointer to a value in a document (RFC 6901).
package struct JSONPointer: Equatable, Sendable, CustomStringConvertible {
    /// The text of the pointer: each reference token follows a `/`, with `~` and `/` escaped.
    package private(set) var description: String

    /// Makes a pointer from its text form, which is already escaped.
    package init(_ text: String = "") { description = text }

    package func appending(key: String) -> JSONPointer {
        appending(upTo: key.utf8.count * 2) { output in
            var count = 0
            for byte in key.utf8 {
                let isEscaped = byte == UInt8(ascii: "~") || byte == UInt8(ascii: "/")
                output[count] = isEscaped ? UInt8(ascii: "~") : byte
                count += 1
                guard isEscaped else { continue }
                output[count] = byte == UInt8(ascii: "~") ? UInt8(ascii: "0") : UInt8(ascii: "1")
                count += 1
            }
            return count
        }
    }

    package func appending(index: Int) -> JSONPointer { appending(key: String(index)) }

    /// Points after the last element of an array, for an `add` (RFC 6902, section 4.1).
    package func appendingEnd() -> JSONPointer { appending(key: "-") }

    /// - Parameter write: Writes an escaped token of at most `maximum` bytes, and returns its length.
    private func appending(upTo maximum: Int, _ write: (UnsafeMutableBufferPointer<UInt8>) -> Int) -> JSONPointer {
        let start = description.utf8.count + 1
        return JSONPointer(
            String(unsafeUninitializedCapacity: start + maximum) { output in
                _ = output.initialize(from: description.utf8)
                output[start - 1] = UInt8(ascii: "/")
                return start + write(UnsafeMutableBufferPointer(rebasing: output[start...]))
            }
        )
    }

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
