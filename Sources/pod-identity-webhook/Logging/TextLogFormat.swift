internal import Logging
internal import ServiceSupport

/// Log lines for human readers: timestamp, level, label, message, and the metadata sorted by name as `name=value`. A value
/// that is not one plain word is quoted, and characters that are not printable are escaped, so that no value can add a line.
enum TextLogFormat: LogLineFormat {
    static func line(_ line: LogLine) -> String {
        var text = "\(line.timestamp) \(line.level) \(line.label): \(escaped(line.message))"
        for (name, value) in line.metadata.sorted(by: { $0.key < $1.key }) where !isEmpty(value) {
            text += " \(word(name))=\(self.text(of: value))"
        }
        return text + "\n"
    }

    private static func text(of value: Logger.Metadata.Value) -> String {
        switch value {
        case .string(let text): word(bounded(text))
        case .stringConvertible(let value as Duration): seconds(value)
        case .stringConvertible(let value): word(bounded("\(value)"))
        case .array(let elements): "[\(bounded(elements).map(text).joined(separator: ", "))]"
        case .dictionary(let members):
            "{\(members.sorted { $0.key < $1.key }.map { "\(word($0.key)): \(text(of: $0.value))" }.joined(separator: ", "))}"
        }
    }

    /// The text itself if it is one plain word, and otherwise the text in quotes.
    private static func word(_ text: String) -> String {
        let isPlain = text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                true
            default: "-_./:@+%".utf8.contains(byte)
            }
        }
        return isPlain && !text.isEmpty ? text : "\"\(escaped(text, quotes: true))\""
    }

    private static func escaped(_ text: String, quotes: Bool = false) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\n": escaped += "\\n"
            case "\"" where quotes, "\\" where quotes: escaped += "\\\(scalar)"
            case _ where !scalar.isPrintable: escaped += "\\u{\(String(scalar.value, radix: 16))}"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}
