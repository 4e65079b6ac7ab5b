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
            for (key, value) in line.metadata.sorted(by: { $0.key < $1.key }) where !isEmpty(value) {
                object.key(escaping: ownMembers.contains(key) ? key + "_" : key)
                write(value, to: &object)
            }
        }
        return writer.string + "\n"
    }

    private static func write(_ value: Logger.Metadata.Value, to writer: inout JSONWriter) {
        switch value {
        case .string(let text): writer.string(bounded(text))
        case .stringConvertible(let value): write(value, to: &writer)
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

    /// Numbers and truth values are those of JSON, and durations are seconds.
    private static func write(_ value: any CustomStringConvertible & Sendable, to writer: inout JSONWriter) {
        switch value {
        case let flag as Bool: writer.bool(flag)
        case let number as any FixedWidthInteger: writer.int(number)
        case let duration as Duration: writer.raw(seconds(duration).utf8)
        default: writer.string(bounded("\(value)"))
        }
    }
}
