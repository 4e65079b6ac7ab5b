internal import JSON

/// Writes properties as `java.util.Properties.load` reads them, in ASCII.
enum PropertiesText {
    static func write(_ members: [JSONTree.Member]) -> String {
        members.map { member in
            let value = member.value.string ?? literal(member.value)
            return "\(escaped(member.key.value, isKey: true))=\(escaped(value, isKey: false))\n"
        }.joined()
    }

    private static func literal(_ tree: JSONTree) -> String {
        if case .literal(let lexeme) = tree { lexeme } else { "" }
    }

    private static func escaped(_ text: String, isKey: Bool) -> String {
        var escaped = ""
        for (index, unit) in text.utf16.enumerated() {
            switch unit {
            case 0x5c: escaped += "\\\\"
            case 0x0a: escaped += "\\n"
            case 0x0d: escaped += "\\r"
            case 0x09: escaped += "\\t"
            case 0x0c: escaped += "\\f"
            case 0x20: escaped += isKey || index == 0 ? "\\ " : " "
            // `=`, `:`, `#` and `!` end a key or begin a comment.
            case 0x3d, 0x3a, 0x23, 0x21: escaped += (isKey ? "\\" : "") + String(UnicodeScalar(UInt8(unit)))
            case 0x21..<0x7f: escaped.unicodeScalars.append(UnicodeScalar(UInt8(unit)))
            default: escaped += "\\u\(FourDigits.of(unit))"
            }
        }
        return escaped
    }
}
