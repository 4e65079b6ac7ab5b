/// Whether lists are read as a stream: not from a server that is too old, nor for a while from one that did not do it,
/// and not for a list that failed that way again and again.
struct StreamingSupport: Equatable {
    /// After so many failures of one list it is read in pages, which go on where they were cut.
    private static let attempts = 2
    /// For how long a server that does not stream lists is not asked to: what its operators switched off they may switch
    /// on.
    private static let memory = Duration.seconds(600)

    struct Refusal: Equatable {
        let version: ServerVersion
        let reason: String
        let moment: ContinuousClock.Instant
    }

    private var version: ServerVersion?
    /// The last one.
    private(set) var refusal: Refusal?
    private var failures = 0

    /// Whether the next list is to be a stream.
    ///
    /// - Parameter version: nil for a server that does not say.
    mutating func isWorthwhile(_ version: ServerVersion?, at now: ContinuousClock.Instant) -> Bool {
        self.version = version
        guard let version, version.mayStreamLists, failures < Self.attempts else { return false }
        guard let refusal, refusal.version == version else { return true }
        return now - refusal.moment >= Self.memory
    }

    /// The server does not do it.
    mutating func refused(_ reason: String, at now: ContinuousClock.Instant) {
        refusal = version.map { Refusal(version: $0, reason: reason, moment: now) }
    }

    mutating func failed() { failures += 1 }

    mutating func listed() { failures = 0 }
}
