internal import KubernetesObjects
internal import Logging

/// Logs the objects that are too large, with a limited number of lines: whoever may write such objects can write them
/// again and again.
struct SkipLog {
    private static let burst = 10
    private static let period = Duration.seconds(60)

    private let limit: Int
    private let logger: Logger
    /// The lines of the period that ends at `end`.
    private var lines = 0
    private var end: ContinuousClock.Instant?
    /// The objects that were not named since the last line.
    private var unnamed = 0

    /// - Parameter limit: The most bytes that an object may have.
    init(limit: Int, logger: Logger) {
        self.limit = limit
        self.logger = logger
    }

    mutating func log(_ object: SkippedObject, at now: ContinuousClock.Instant) {
        if end.map({ now >= $0 }) ?? true { (end, lines) = (now + Self.period, 0) }
        guard lines < Self.burst else {
            unnamed += 1
            return
        }
        lines += 1
        var metadata: Logger.Metadata = [
            "name": "\(object.key?.name ?? "unknown")", "limit_bytes": .stringConvertible(limit),
            "omitted": .stringConvertible(unnamed),
        ]
        if let namespace = object.key?.namespace { metadata["namespace"] = "\(namespace)" }
        logger.warning("an object is too large and was skipped: make it smaller or delete it", metadata: metadata)
        unnamed = 0
    }
}
