internal import JSON

/// Writes files with sections of `key = value` lines. The format has no escapes: anything that would need one is
/// refused.
enum INIText {
    static func write(_ members: [JSONTree.Member]) throws(FileError) -> String {
        var text = ""
        for member in members where member.value.members == nil { text += try line(member) }
        for member in members {
            guard let section = member.value.members else { continue }
            text += (text.isEmpty ? "" : "\n") + "[\(member.key.value)]\n"
            for member in section { text += try line(member) }
        }
        return text
    }

    private static func line(_ member: JSONTree.Member) throws(FileError) -> String {
        let value: String
        switch member.value {
        case .literal(let lexeme): value = lexeme
        case .string(let string): value = string.value
        default: throw FileError(reason: "a value of an INI file is a text or a number")
        }
        guard !value.unicodeScalars.contains(where: { breaksLines($0) }) else {
            throw FileError(reason: "the value of \(member.key.value) has a character that an INI file cannot hold")
        }
        return "\(member.key.value) = \(value)\n"
    }

    /// Whether some parsers end a line here, such as Python's `str.splitlines`, or stop reading.
    private static func breaksLines(_ scalar: Unicode.Scalar) -> Bool {
        scalar.value < 0x20 && scalar != "\t" || 0x7f...0x9f ~= scalar.value || 0x2028...0x2029 ~= scalar.value
    }
}
