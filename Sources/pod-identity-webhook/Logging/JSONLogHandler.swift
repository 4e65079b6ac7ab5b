internal import JSON
internal import KubernetesObjects
internal import Logging

/// Writes log lines to standard error, each a JSON object: `timestamp` (RFC 3339, UTC, milliseconds), `level`, `label`,
/// `message`, and the metadata as further members. Metadata of one of these names gets a `_` behind it.
struct JSONLogHandler: BoundedLogHandler {
    private static let ownMembers: Set<String> = ["timestamp", "level", "label", "message"]

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
        var writer = JSONWriter()
        writer.object { object in
            object.member("timestamp", timestamp)
            object.member("level", event.level.rawValue)
            object.member("label", label)
            object.member("message", bounded("\(event.message)"))
            for (key, value) in fields(of: event).sorted(by: { $0.key < $1.key }) {
                object.key(escaping: Self.ownMembers.contains(key) ? key + "_" : key)
                write(value, to: &object)
            }
        }
        return writer.string + "\n"
    }

    private func write(_ value: Logger.Metadata.Value, to writer: inout JSONWriter) {
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
