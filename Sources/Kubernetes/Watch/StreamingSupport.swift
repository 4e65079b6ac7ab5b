/// Decides whether lists are read as a stream: not from a server that is too old, nor for a while from one that did not do
/// it, and not if the list failed that way again and again.
struct StreamingSupport: Equatable {
    /// After so many failures a list is read in pages, which go on where they were cut.
    private static let attempts = 2
    /// How long a server that does not stream lists is not asked to. Its operators may switch on what they switched off.
    private static let memory = Duration.seconds(600)

    struct Refusal: Equatable {
        let version: ServerVersion
        let reason: String
        let moment: ContinuousClock.Instant
    }

    private var version: ServerVersion?
    /// The last refusal.
    private(set) var refusal: Refusal?
    private var failures = 0

    /// Returns whether the next list is to be a stream.
    ///
    /// - Parameter version: The version of the server; nil if it does not say.
    mutating func isWorthwhile(_ version: ServerVersion?, at now: ContinuousClock.Instant) -> Bool {
        self.version = version
        guard let version, version.mayStreamLists, failures < Self.attempts else { return false }
        guard let refusal, refusal.version == version else { return true }
        return now - refusal.moment >= Self.memory
    }

    /// The server does not stream the list.
    mutating func refused(_ reason: String, at now: ContinuousClock.Instant) {
        refusal = version.map { Refusal(version: $0, reason: reason, moment: now) }
    }

    mutating func failed() { failures += 1 }

    mutating func listed() { failures = 0 }
}
