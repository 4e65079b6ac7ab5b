internal import JSON

/// Writes values in brackets, in YAML's flow style or in JSON.
struct FlowWriter {
    var isJSON: Bool
    /// Whether there is no space after commas and colons, which only JSON allows.
    var isCompact: Bool
    var padsBraces: Bool
    var step: String

    /// - Parameter indentation: The indentation of the line on which the value begins, if its items get their own
    ///   lines; nil to write it on one line.
    func text(_ tree: JSONTree, indentation: String?) -> String {
        switch tree {
        case .literal(let lexeme): lexeme
        case .string(let string): text(string)
        case .array(let elements): list(elements, "[", "]", indentation) { text($0, indentation: $1) }
        case .object(let members): list(members, "{", "}", indentation) { text($0, indentation: $1) }
        }
    }

    func text(_ member: JSONTree.Member, indentation: String?) -> String {
        text(member.key) + (isCompact ? ":" : ": ") + text(member.value, indentation: indentation)
    }

    private func text(_ string: JSONString) -> String {
        guard !isJSON else { return string.lexeme }
        let value = YAMLString(string.value)
        // A scalar that is plain in a block may still be misread in brackets.
        let isPlain = value.isPlain && !value.value.utf8.contains { ",[]{}:?-".utf8.contains($0) && !isSafe($0, value) }
        return isPlain ? value.value : value.quoted
    }

    /// Whether the byte is a dash after the first byte of a string.
    private func isSafe(_ byte: UInt8, _ string: YAMLString) -> Bool {
        byte == UInt8(ascii: "-") && string.value.utf8.first != byte
    }

    private func list<Item>(
        _ items: [Item],
        _ opening: String,
        _ closing: String,
        _ indentation: String?,
        _ text: (Item, String?) -> String
    ) -> String {
        guard !items.isEmpty else { return opening + closing }
        guard let indentation else {
            let padding = padsBraces && opening == "{" ? " " : ""
            let content = items.map { text($0, nil) }.joined(separator: isCompact ? "," : ", ")
            return opening + padding + content + padding + closing
        }
        let inner = indentation + step
        let lines = items.map { inner + text($0, inner) }
        return opening + "\n" + lines.joined(separator: ",\n") + "\n" + indentation + closing
    }
}
