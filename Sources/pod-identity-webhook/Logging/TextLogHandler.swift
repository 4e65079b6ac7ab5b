internal import Admission
internal import JSON
internal import Logging
internal import ServiceSupport

/// Writes log lines for people: time (RFC 3339, UTC, milliseconds), level, label, message, and the metadata by name as
/// `name=value`. A value that is not one plain word is quoted, and what is not printable is escaped in it, so that a line is
/// one line whatever is in it.
struct TextLogHandler: BoundedLogHandler {
    let label: String
    var logLevel = Logger.Level.info
    var metadata: Logger.Metadata = [:]
    var metadataProvider: Logger.MetadataProvider?
    /// Takes whole lines.
    let write: @Sendable (String) -> Void

    init(label: String, write: @escaping @Sendable (String) -> Void = StandardError.write) {
        self.label = label
        self.write = write
    }

    func line(_ event: LogEvent, at timestamp: String) -> String {
        var line = "\(timestamp) \(event.level) \(label): \(Self.escaped(bounded("\(event.message)")))"
        for (name, value) in fields(of: event).sorted(by: { $0.key < $1.key }) {
            line += " \(Self.word(name))=\(text(of: value))"
        }
        return line + "\n"
    }

    private func text(of value: Logger.Metadata.Value) -> String {
        switch value {
        case .string(let text): Self.word(bounded(text))
        case .stringConvertible(let value): Self.word(bounded("\(value)"))
        case .array(let elements): "[\(bounded(elements).map(text).joined(separator: ", "))]"
        case .dictionary(let members):
            "{\(members.sorted { $0.key < $1.key }.map { "\(Self.word($0.key)): \(text(of: $0.value))" }.joined(separator: ", "))}"
        }
    }

    /// The text itself if nobody could take it for anything else.
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
