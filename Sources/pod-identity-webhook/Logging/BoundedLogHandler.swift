internal import Glibc
internal import JSON
internal import KubernetesObjects
internal import Logging

/// A handler whose lines have a bound, whatever is logged.
protocol BoundedLogHandler: LogHandler {
    var write: @Sendable (String) -> Void { get }

    func line(_ event: LogEvent, at timestamp: String) -> String
}

extension BoundedLogHandler {
    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) { write(line(event, at: Self.now)) }

    /// In RFC 3339, UTC, with milliseconds.
    private static var now: String {
        var moment = timespec()
        clock_gettime(CLOCK_REALTIME, &moment)
        return Timestamp(seconds: Int64(moment.tv_sec)).text(nanoseconds: moment.tv_nsec)
    }

    /// The metadata of the handler, of its provider and of the event.
    func fields(of event: LogEvent) -> Logger.Metadata {
        var fields = metadata
        if let provided = metadataProvider?.get() { fields.merge(provided) { $1 } }
        if let given = event.metadata { fields.merge(given) { $1 } }
        if let error = event.error, fields["error"] == nil { fields["error"] = "\(error)" }
        return fields
    }

    /// In bytes.
    func bounded(_ text: String) -> String { text.cut(to: 2048) }

    func bounded(_ elements: [Logger.Metadata.Value]) -> ArraySlice<Logger.Metadata.Value> { elements.prefix(32) }
}
