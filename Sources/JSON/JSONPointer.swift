/// A pointer to a value in a document (RFC 6901).
package struct JSONPointer: Equatable, Sendable, CustomStringConvertible {
    /// The text of the pointer: each reference token follows a `/`, with `~` and `/` escaped.
    package private(set) var description: String

    /// Makes a pointer from its text form, which is already escaped.
    package init(_ text: String = "") { description = text }

    package func appending(key: String) -> JSONPointer {
        var text = description
        text.reserveCapacity(text.utf8.count + 1 + key.utf8.count)
        text += "/"
        guard key.utf8.contains(where: { $0 == UInt8(ascii: "~") || $0 == UInt8(ascii: "/") }) else {
            text += key
            return JSONPointer(text)
        }
        for scalar in key.unicodeScalars {
            switch scalar {
            case "~": text += "~0"
            case "/": text += "~1"
            default: text.unicodeScalars.append(scalar)
            }
        }
        return JSONPointer(text)
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
