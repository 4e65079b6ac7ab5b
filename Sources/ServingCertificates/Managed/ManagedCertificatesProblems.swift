internal import Kubernetes
internal import Logging

/// Decides which of several failures in a row are logged, and at which level.
struct ManagedCertificatesProblems {
    /// How long conflicts may continue before they are logged as a warning. Replicas that start together are finished
    /// long before that.
    static let conflictTolerance = Duration.seconds(60)

    struct Line: Equatable {
        let level: Logger.Level
        let message: Logger.Message
    }

    private var last: (text: String, level: Logger.Level)?
    private var conflictsSince: ContinuousClock.Instant?

    mutating func succeeded() { self = ManagedCertificatesProblems() }

    /// - Returns: Nil if the same was logged last.
    mutating func failed(_ error: any Error, at now: ContinuousClock.Instant) -> Line? {
        let line: Line
        if (error as? KubernetesError)?.isConflict == true {
            let since = conflictsSince ?? now
            conflictsSince = since
            line =
                now - since < Self.conflictTolerance
                ? Line(level: .info, message: "another replica was faster")
                : Line(
                    level: .warning,
                    message: "something changes the certificates' Secret or registration all the time"
                )
        } else {
            conflictsSince = nil
            line = Line(level: .warning, message: "the certificates cannot be looked after")
        }
        let text = "\(error)"
        if let last, last == (text, line.level) { return nil }
        last = (text, line.level)
        return line
    }
}
