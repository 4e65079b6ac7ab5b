internal import JSON
internal import Logging

/// Log lines that are JSON objects: `timestamp`, `level`, `label`, `message`, and the metadata as further members. Metadata
/// with one of these names gets a `_` after it.
enum JSONLogFormat: LogLineFormat {
    private static let ownMembers: Set<String> = ["timestamp", "level", "label", "message"]

    static func line(_ line: LogLine) -> String {
        var writer = JSONWriter()
        writer.object { object in
            object.member("timestamp", line.timestamp)
            object.member("level", line.level.rawValue)
            object.member("label", line.label)
            object.member("message", line.message)
            for (key, value) in line.metadata.sorted(by: { $0.key < $1.key }) {
                object.key(escaping: ownMembers.contains(key) ? key + "_" : key)
                write(value, to: &object)
            }
        }
        return writer.string + "\n"
    }

    private static func write(_ value: Logger.Metadata.Value, to writer: inout JSONWriter) {
        switch value {
        case .string(let text): writer.string(bounded(text))
        case .stringConvertible(let value): writer.string(bounded("\(value)"))
        case .array(let elements): writer.array { array in bounded(elements).forEach { write($0, to: &array) } }
        case .dictionary(let members):
            writer.object { object in
                for (key, value) in members.sorted(by: { $0.key < $1.key }) {
                    object.key(escaping: key)
                    write(value, to: &object)
                }
            }
        }
    }
}
