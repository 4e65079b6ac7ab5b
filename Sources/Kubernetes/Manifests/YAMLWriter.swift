internal import JSON

/// Writes YAML in block style as `kubectl` does, with lists at the indentation of their key. Strings are quoted where
/// YAML 1.1 or 1.2 would not read them as strings.
struct YAMLWriter {
    private(set) var text = ""

    mutating func write(_ tree: JSONTree) {
        switch tree {
        case .object(let members) where !members.isEmpty: write(members, indentation: 0)
        case .array(let elements) where !elements.isEmpty: write(elements, indentation: 0)
        default:
            scalar(tree, indentation: 0)
            endLine()
        }
    }

    /// Writes members; the text so far ends at the column of the first key.
    private mutating func write(_ members: [JSONTree.Member], indentation: Int) {
        for (index, member) in members.enumerated() {
            if index > 0 { text += String(repeating: " ", count: indentation) }
            key(member.key.value, indentation: indentation)
            switch member.value {
            case .object(let inner) where !inner.isEmpty:
                line(indentation: indentation + 2)
                write(inner, indentation: indentation + 2)
            case .array(let elements) where !elements.isEmpty:
                line(indentation: indentation)
                write(elements, indentation: indentation)
            default:
                text += " "
                scalar(member.value, indentation: indentation)
                endLine()
            }
        }
    }

    /// Writes elements; the text so far ends at the column of the first dash.
    private mutating func write(_ elements: [JSONTree], indentation: Int) {
        for (index, element) in elements.enumerated() {
            if index > 0 { text += String(repeating: " ", count: indentation) }
            text += "- "
            switch element {
            case .object(let members) where !members.isEmpty: write(members, indentation: indentation + 2)
            case .array(let inner) where !inner.isEmpty: write(inner, indentation: indentation + 2)
            default:
                scalar(element, indentation: indentation)
                endLine()
            }
        }
    }

    private mutating func line(indentation: Int) { text += "\n" + String(repeating: " ", count: indentation) }

    private mutating func endLine() {
        if text.utf8.last != UInt8(ascii: "\n") { text += "\n" }
    }

    private mutating func key(_ name: String, indentation: Int) {
        let key = YAMLString(name)
        let written = key.isPlain ? name : key.quoted
        // The `:` after a key must come within 1024 characters (YAML 1.2, 7.4.2).
        if written.unicodeScalars.count < 1000 {
            text += written + ":"
        } else {
            text += "? " + written
            line(indentation: indentation)
            text += ":"
        }
    }

    private mutating func scalar(_ tree: JSONTree, indentation: Int) {
        switch tree {
        case .literal(let lexeme): text += lexeme
        case .string(let string):
            let value = YAMLString(string.value)
            if value.isPlain {
                text += value.value
            } else if value.isBlock {
                text += value.block(indentation: indentation + 2)
            } else {
                text += value.quoted
            }
        case .object: text += "{}"
        case .array: text += "[]"
        }
    }
}

/// A string, and the styles in which YAML can write it.
struct YAMLString {
    let value: String

    init(_ value: String) { self.value = value }

    /// Whether the string can be written in a block without quotation marks and is read as the same string.
    var isPlain: Bool {
        guard let first = value.unicodeScalars.first, value.unicodeScalars.allSatisfy(Self.isPrintable),
            first != " ", value.utf8.last != 0x20, !value.utf8.contains(0x0a), !value.utf8.contains(0x09)
        else { return false }
        let bytes = Array(value.utf8)
        if "#,[]{}&*!|>'\"%@`".unicodeScalars.contains(first) { return false }
        if "-?:".unicodeScalars.contains(first), bytes.count == 1 || bytes[1] == 0x20 { return false }
        if bytes.starts(with: "---".utf8) || bytes.starts(with: "...".utf8) { return false }
        let hasIndicator = zip(bytes, bytes.dropFirst() + [0x20]).contains { byte, next in
            byte == UInt8(ascii: ":") && next == 0x20 || byte == 0x20 && next == UInt8(ascii: "#")
        }
        return !hasIndicator && YAMLScalar(resolving: value) == .string && !isSpecialInYAML11
    }

    /// Whether this is a merge key, a default key, a base 60 number or a timestamp (yaml.org/type), which are strings
    /// here but not for every parser.
    private var isSpecialInYAML11: Bool {
        if value == "<<" || value == "=" { return true }
        guard let first = value.utf8.first, first < UInt8(ascii: ":"), first >= UInt8(ascii: "+") else { return false }
        return value.wholeMatch(of: /[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?/) != nil
            || value.wholeMatch(of: /[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([Tt \t].*)?/) != nil
            || value.wholeMatch(of: /[-+]?[0-9_]*\.[0-9_]*([eE][-+]?[0-9]+)?/) != nil
    }

    /// Whether a literal block preserves the string.
    var isBlock: Bool {
        value.utf8.contains(0x0a) && value.utf8.contains { $0 != 0x0a && $0 != 0x20 && $0 != 0x09 }
            && value.unicodeScalars.allSatisfy(Self.isPrintable)
    }

    /// The string as a literal block with its header; `indentation` is that of its lines, two more than its parent's.
    func block(indentation: Int) -> String {
        let needsIndicator = value.utf8.first.map { $0 == 0x20 || $0 == 0x09 || $0 == 0x0a } ?? false
        var lines = value.split(separator: "\n", omittingEmptySubsequences: false)
        var chomping = "-"
        if lines.last?.isEmpty ?? false {
            lines.removeLast()
            chomping = lines.last?.isEmpty ?? false ? "+" : ""
        }
        let margin = String(repeating: " ", count: indentation)
        let body = lines.map { $0.isEmpty ? "\n" : margin + $0 + "\n" }.joined()
        return "|" + (needsIndicator ? "2" : "") + chomping + "\n" + body
    }

    /// The string in double quotation marks (YAML 1.2, 7.3.1).
    var quoted: String {
        var text = "\""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\t": text += "\\t"
            case "\r": text += "\\r"
            case _ where Self.isPrintable(scalar): text.unicodeScalars.append(scalar)
            default:
                let digits = String(scalar.value, radix: 16)
                let (letter, width) = scalar.value < 0x100 ? ("x", 2) : scalar.value < 0x10000 ? ("u", 4) : ("U", 8)
                text += "\\" + letter + String(repeating: "0", count: width - digits.count) + digits
            }
        }
        return text + "\""
    }

    /// Whether this is printable (YAML 1.2, 5.1), visible, and not a line end in YAML 1.1.
    private static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x09, 0x0a, 0x20...0x7e: true
        case 0xa1...0xd7ff: scalar.value != 0x2028 && scalar.value != 0x2029
        case 0xe000...0xfffd: scalar.value != 0xfeff
        case 0x10000...0x10ffff: true
        default: false
        }
    }
}
