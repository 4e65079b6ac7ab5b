internal import Glibc
internal import JSON
internal import KubernetesObjects
internal import Logging

/// Writes log lines of limited length in one of two formats.
struct BoundedLogHandler: LogHandler {
    let label: String
    let format: any LogLineFormat.Type
    var logLevel = Logger.Level.info
    var metadata: Logger.Metadata = [:]
    var metadataProvider: Logger.MetadataProvider?
    /// Writes a line, which ends with a line feed.
    var write: @Sendable (String) -> Void = StandardError.write

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) { write(line(event, at: Self.now)) }

    func line(_ event: LogEvent, at timestamp: String) -> String {
        format.line(
            LogLine(
                timestamp: timestamp,
                level: event.level,
                label: label,
                message: format.bounded("\(event.message)"),
                metadata: metadata(of: event)
            )
        )
    }

    private static var now: String {
        var moment = timespec()
        clock_gettime(CLOCK_REALTIME, &moment)
        return Timestamp(seconds: Int64(moment.tv_sec)).text(nanoseconds: moment.tv_nsec)
    }

    /// The metadata of the handler, its provider and the event.
    private func metadata(of event: LogEvent) -> Logger.Metadata {
        var all = metadata
        if let provided = metadataProvider?.get() { all.merge(provided) { $1 } }
        if let given = event.metadata { all.merge(given) { $1 } }
        if let error = event.error, all["error"] == nil { all["error"] = "\(error)" }
        return all
    }
}

/// The content of a log line.
struct LogLine {
    /// The time in RFC 3339, UTC, with milliseconds.
    let timestamp: String
    let level: Logger.Level
    let label: String
    let message: String
    let metadata: Logger.Metadata
}

/// A format of log lines, which limits the length of each value and list, and leaves out values that are empty.
protocol LogLineFormat: Sendable {
    static func line(_ line: LogLine) -> String
}

extension LogLineFormat {
    /// The text, cut to 2048 bytes.
    static func bounded(_ text: String) -> String { text.cut(to: 2048) }

    static func bounded(_ elements: [Logger.Metadata.Value]) -> ArraySlice<Logger.Metadata.Value> {
        elements.prefix(32)
    }

    static func isEmpty(_ value: Logger.Metadata.Value) -> Bool {
        switch value {
        case .string(let text): text.isEmpty
        case .stringConvertible: false
        case .array(let elements): elements.isEmpty
        case .dictionary(let members): members.isEmpty
        }
    }

    /// The duration in seconds, as a JSON number with up to six decimals.
    static func seconds(_ duration: Duration) -> String {
        let (seconds, attoseconds) = duration.components
        guard attoseconds != 0, seconds >= 0, attoseconds > 0 else { return "\(seconds)" }
        let decimals = String(attoseconds / 1_000_000_000_000)
        let padded = String(repeating: "0", count: max(6 - decimals.count, 0)) + decimals
        let trimmed = padded.reversed().drop { $0 == "0" }.reversed()
        return trimmed.isEmpty ? "\(seconds)" : "\(seconds).\(String(trimmed))"
    }
}
