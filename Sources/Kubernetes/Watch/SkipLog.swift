internal import Logging

/// Logs the objects that are too large, with a limited number of lines: whoever may write such objects can write them
/// again and again.
struct SkipLog {
    private static let burst = 10
    private static let period = Duration.seconds(60)

    private let limit: Int
    private let logger: Logger
    /// How many lines were logged since `start`.
    private var lines = 0
    private var start: ContinuousClock.Instant?
    /// How many objects were not logged since the last line.
    private var unnamed = 0

    /// - Parameter limit: The most bytes that an object may have.
    init(limit: Int, logger: Logger) {
        self.limit = limit
        self.logger = logger
    }

    mutating func log(_ object: SkippedObject, at now: ContinuousClock.Instant) {
        if let start, now - start < Self.period, lines >= Self.burst {
            unnamed += 1
            return
        }
        if start.map({ now - $0 >= Self.period }) ?? true {
            start = now
            lines = 0
        }
        lines += 1
        logger.warning(
            "an object is too large to be read and is passed over: make it smaller, or delete it",
            metadata: ["name": "\(object.name)", "limit": "\(limit) bytes", "unnamed_before": "\(unnamed)"]
        )
        unnamed = 0
    }
}
