/// Decides whether lists are read as a stream: not from a server that is too old, not for a while from one that has
/// refused it, and not if streaming the same list has failed repeatedly.
struct StreamingSupport: Equatable {
    /// After this many failures of a list it is read in pages, which can be continued after a failure.
    private static let maximumFailures = 2
    /// How long a refusal is remembered. The server's operators may enable the feature again.
    private static let refusalLifetime = Duration.seconds(600)

    struct Refusal: Equatable {
        let version: ServerVersion
        let reason: String
        let moment: ContinuousClock.Instant
    }

    private var version: ServerVersion?
    /// The last refusal.
    private(set) var refusal: Refusal?
    private var failures = 0

    /// Whether the next list should be read as a stream.
    ///
    /// - Parameter version: The version of the server; nil if it is unknown.
    mutating func shouldStream(_ version: ServerVersion?, at now: ContinuousClock.Instant) -> Bool {
        self.version = version
        guard let version, version.canStreamLists, failures < Self.maximumFailures else { return false }
        guard let refusal, refusal.version == version else { return true }
        return now - refusal.moment >= Self.refusalLifetime
    }

    /// The server does not stream lists.
    mutating func refused(_ reason: String, at now: ContinuousClock.Instant) {
        refusal = version.map { Refusal(version: $0, reason: reason, moment: now) }
    }

    mutating func streamFailed() { failures += 1 }

    mutating func listCompleted() { failures = 0 }
}
