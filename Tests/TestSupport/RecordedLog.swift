package import Logging
internal import Synchronization

/// Records the lines that are logged to it, of all levels.
package final class RecordedLog: Sendable {
    package struct Line: Sendable {
        package let level: Logger.Level
        package let message: String
        package let metadata: [String: String]
    }

    private let state = Mutex<[Line]>([])

    package init() {}

    package var lines: [Line] { state.withLock { $0 } }

    package var logger: Logger { Logger(label: "test") { _ in Handler(log: self) } }

    /// Waits until there are so many lines.
    package func wait(for count: Int) async throws {
        while lines.count < count { try await Task.sleep(for: .milliseconds(1)) }
    }

    private struct Handler: LogHandler {
        let log: RecordedLog
        var logLevel = Logger.Level.trace
        var metadata: Logger.Metadata = [:]

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let metadata = metadata.merging(event.metadata ?? [:]) { _, own in own }.mapValues { "\($0)" }
            let line = Line(level: event.level, message: "\(event.message)", metadata: metadata)
            log.state.withLock { $0.append(line) }
        }
    }
}
