internal import JSON

/// Writes TOML 1.0. The values of a table precede the tables in it.
enum TOMLText {
    static func write(_ members: [JSONTree.Member]) -> String {
        var text = ""
        table(members, path: [], into: &text)
        return text
    }

    private static func table(_ members: [JSONTree.Member], path: [String], into text: inout String) {
        for member in members where member.value.members == nil {
            text += "\(key(member.key.value)) = \(value(member.value))\n"
        }
        for member in members {
            guard let inner = member.value.members else { continue }
            let path = path + [key(member.key.value)]
            // A table that contains only tables is defined by them.
            if inner.isEmpty || inner.contains(where: { $0.value.members == nil }) {
                text += (text.isEmpty ? "" : "\n") + "[\(path.joined(separator: "."))]\n"
            }
            table(inner, path: path, into: &text)
        }
    }

    private static func value(_ tree: JSONTree) -> String {
        switch tree {
        case .literal(let lexeme): lexeme
        case .string(let string): quoted(string.value)
        case .array(let elements): "[\(elements.map(value).joined(separator: ", "))]"
        case .object(let members):
            "{\(members.map { "\(key($0.key.value)) = \(value($0.value))" }.joined(separator: ", "))}"
        }
    }

    private static func key(_ name: String) -> String {
        let isBare =
            !name.isEmpty
            && name.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
                case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"): true
                default: false
                }
            }
        return isBare ? name : quoted(name)
    }

    /// A basic string, whose escapes are those of JSON and `\U`.
    private static func quoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": quoted += "\\\""
            case "\\": quoted += "\\\\"
            case "\n": quoted += "\\n"
            case "\r": quoted += "\\r"
            case "\t": quoted += "\\t"
            case _ where scalar.value < 0x20 || scalar.value == 0x7f: quoted += "\\u\(FourDigits.of(scalar.value))"
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }
}

enum FourDigits {
    /// The number with at least four hexadecimal digits.
    static func of(_ value: some BinaryInteger) -> String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: max(0, 4 - digits.utf8.count)) + digits
    }
}
