/// The place of a value in a document (RFC 6901).
package struct JSONPointer: Equatable, Sendable, CustomStringConvertible {
    /// The text of the pointer: each reference token behind a `/`, with `~` and `/` escaped.
    package private(set) var description: String

    /// A pointer in its text form, escaped already.
    package init(_ text: String = "") { description = text }

    package func appending(key: String) -> JSONPointer {
        guard key.utf8.contains(where: { $0 == UInt8(ascii: "~") || $0 == UInt8(ascii: "/") }) else {
            return JSONPointer(description + "/" + key)
        }
        var escaped = ""
        for scalar in key.unicodeScalars {
            switch scalar {
            case "~": escaped += "~0"
            case "/": escaped += "~1"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return JSONPointer(description + "/" + escaped)
    }

    package func appending(index: Int) -> JSONPointer { JSONPointer(description + "/" + String(index)) }

    /// The place behind the last element of an array, for an `add` (RFC 6902, section 4.1).
    package func appendingEnd() -> JSONPointer { JSONPointer(description + "/-") }

    /// The reference tokens, unescaped; nil if the text is no pointer.
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

    /// Nil if a tilde escapes nothing.
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
