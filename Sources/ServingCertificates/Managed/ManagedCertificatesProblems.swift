internal import Kubernetes

/// Decides which of several failures in a row are logged, and as what.
struct ManagedCertificatesProblems {
    /// How long conflicts may continue before they are logged as a warning. Replicas that start together are finished
    /// long before that.
    static let conflictTolerance = Duration.seconds(60)

    enum Problem {
        /// Another replica was faster.
        case conflict
        /// Conflicts have gone on for longer than is tolerated.
        case lastingConflict
        case failure
    }

    private var last: (text: String, problem: Problem)?
    private var conflictsSince: ContinuousClock.Instant?

    mutating func succeeded() { self = ManagedCertificatesProblems() }

    /// - Returns: Nil if the same was logged last.
    mutating func failed(_ error: any Error, at now: ContinuousClock.Instant) -> Problem? {
        let problem: Problem
        if (error as? KubernetesError)?.isConflict == true {
            let since = conflictsSince ?? now
            conflictsSince = since
            problem = now - since < Self.conflictTolerance ? .conflict : .lastingConflict
        } else {
            conflictsSince = nil
            problem = .failure
        }
        let text = "\(error)"
        if let last, last == (text, problem) { return nil }
        last = (text, problem)
        return problem
    }
}
