internal import JSON

/// Writes YAML in block style as `kubectl` does, with lists at the indentation of their key. Strings are quoted where
/// YAML 1.1 or 1.2 would not read them as strings.
struct YAMLWriter {
    /// How collections are indented in their parents, in columns.
    struct Style: Equatable {
        /// A mapping in the mapping that it is a value of; at least 1.
        var mapping = 2
        /// A list in the mapping that it is a value of.
        var list = 0
        /// The content of a list's element from its dash; at least 2.
        var element = 2
    }

    private let style: Style
    private(set) var bytes: [UInt8] = []

    init(style: Style = Style()) { self.style = style }

    var text: String { String(decoding: bytes, as: UTF8.self) }

    /// Writes a value, followed by a line feed.
    ///
    /// - Parameter indentation: The column of the text. The caller moves its first line there.
    mutating func write(_ tree: JSONTree, indentation: Int = 0) {
        switch tree {
        case .object(let members) where !members.isEmpty: write(members, indentation: indentation)
        case .array(let elements) where !elements.isEmpty: write(elements, indentation: indentation)
        default:
            scalar(tree, indentation: indentation)
            endLine()
        }
    }

    /// Writes members; the text so far ends at the column of the first key.
    mutating func write(_ members: [JSONTree.Member], indentation: Int) {
        for (index, member) in members.enumerated() {
            if index > 0 { indent(indentation) }
            key(member.key.value, indentation: indentation)
            switch member.value {
            case .object(let inner) where !inner.isEmpty:
                line(indentation: indentation + style.mapping)
                write(inner, indentation: indentation + style.mapping)
            case .array(let elements) where !elements.isEmpty:
                line(indentation: indentation + style.list)
                write(elements, indentation: indentation + style.list)
            default:
                append(" ")
                scalar(member.value, indentation: indentation)
                endLine()
            }
        }
    }

    /// Writes elements; the text so far ends at the column of the first dash.
    mutating func write(_ elements: [JSONTree], indentation: Int) {
        for (index, element) in elements.enumerated() {
            if index > 0 { indent(indentation) }
            append("-")
            indent(style.element - 1)
            switch element {
            case .object(let members) where !members.isEmpty:
                write(members, indentation: indentation + style.element)
            case .array(let inner) where !inner.isEmpty: write(inner, indentation: indentation + style.element)
            default:
                scalar(element, indentation: indentation)
                endLine()
            }
        }
    }

    private mutating func append(_ text: String) { bytes.append(contentsOf: text.utf8) }

    private mutating func indent(_ columns: Int) {
        bytes.append(contentsOf: repeatElement(UInt8(ascii: " "), count: columns))
    }

    private mutating func line(indentation: Int) {
        bytes.append(UInt8(ascii: "\n"))
        indent(indentation)
    }

    private mutating func endLine() {
        if bytes.last != UInt8(ascii: "\n") { bytes.append(UInt8(ascii: "\n")) }
    }

    private mutating func key(_ name: String, indentation: Int) {
        let key = YAMLString(name)
        let written = key.isPlain ? name : key.quoted
        // The `:` after a key must come within 1024 characters (YAML 1.2, 7.4.2).
        if written.utf8.count < 1000 || written.unicodeScalars.count < 1000 {
            append(written)
        } else {
            append("? " + written)
            line(indentation: indentation)
        }
        append(":")
    }

    private mutating func scalar(_ tree: JSONTree, indentation: Int) {
        switch tree {
        case .literal(let lexeme): append(lexeme)
        case .string(let string):
            let value = YAMLString(string.value)
            if value.isPlain {
                append(value.value)
            } else if value.isBlock {
                value.writeBlock(indentation: indentation + 2, into: &bytes)
            } else {
                append(value.quoted)
            }
        case .object: append("{}")
        case .array: append("[]")
        }
    }
}
