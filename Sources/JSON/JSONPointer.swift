/// The place of a value in a document (RFC 6901).
package struct JSONPointer: Equatable, Sendable, CustomStringConvertible {
    /// The text of the pointer: each reference token behind a `/`, with `~` and `/` escaped.
    package private(set) var description: String

    /// A pointer in its text form, escaped already.
    package init(_ text: String = "") { description = text }

    package func appending(key: String) -> JSONPointer {
        guard key.utf8.contains(where: { $0 == UInt8(ascii: "~") || $0 == UInt8(ascii: "/") }) else {
            return JSONPointer("\(description)/\(key)")
        }
        var escaped = ""
        for scalar in key.unicodeScalars {
            switch scalar {
            case "~": escaped += "~0"
            case "/": escaped += "~1"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return JSONPointer("\(description)/\(escaped)")
    }

    package func appending(index: Int) -> JSONPointer { JSONPointer("\(description)/\(index)") }

    /// The place behind the last element of an array, for an `add` (RFC 6902, section 4.1).
    package func appendingEnd() -> JSONPointer { JSONPointer("\(description)/-") }

    /// The reference tokens, unescaped; nil if the text is no pointer.
    package var tokens: [String]? {
        if description.isEmpty { return [] }
        guard description.utf8.first == UInt8(ascii: "/") else { return nil }
        return description.dropFirst().split(separator: "/", omittingEmptySubsequences: false).map(Self.unescape)
    }

    private static func unescape(_ token: Substring) -> String {
        var output = ""
        var rest = token.unicodeScalars[...]
        while let scalar = rest.popFirst() {
            if scalar == "~", let next = rest.first, next == "0" || next == "1" {
                output += next == "0" ? "~" : "/"
                rest.removeFirst()
            } else {
                output.unicodeScalars.append(scalar)
            }
        }
        return output
    }
}
