internal import Kubernetes
internal import Logging

/// Which of the failures in a row are worth a line in the log, and at which level.
struct OwnCertificatesProblems {
    /// Replicas that start at the same moment are done with each other long before.
    static let patience = Duration.seconds(60)

    struct Line: Equatable {
        let level: Logger.Level
        let message: Logger.Message
    }

    private var last: (text: String, level: Logger.Level)?
    private var conflictsSince: ContinuousClock.Instant?

    mutating func succeeded() { self = OwnCertificatesProblems() }

    /// Others being faster is no problem as long as it does not go on.
    ///
    /// - Returns: Nil for what was said before.
    mutating func failed(_ error: any Error, at now: ContinuousClock.Instant) -> Line? {
        let line: Line
        if (error as? KubernetesError)?.isConflict == true {
            let since = conflictsSince ?? now
            conflictsSince = since
            line =
                now - since < Self.patience
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
