internal import Synchronization

/// Whether requests should be sent to this process, and if not, why.
///
/// The check of a source passes once the source is loaded and never fails again: an outage of the API server must not
/// make every replica unready. Only the end of the process and the lack of a usable certificate make a check fail
/// later.
package final class Readiness: Sendable {
    /// A condition for being ready. The component that is responsible for it declares it, and fails it at the start.
    package struct Check: Hashable, Sendable {
        package let name: String

        package init(_ name: String) { self.name = name }
    }

    private static let shutdown = Check("shutdown")

    /// What operators should know about a check that has passed.
    package struct Note: Sendable {
        package let since: ContinuousClock.Instant
        package let text: String

        package init(since: ContinuousClock.Instant, _ text: String) {
            self.since = since
            self.text = text
        }
    }

    private struct State {
        /// The checks that have ever failed, in the order in which they first did.
        var checks: [Check] = []
        /// The reasons why checks fail, by the parts of each check.
        var failures: [Check: [String: String]] = [:]
        var notes: [Check: Note] = [:]
    }

    private let state = Mutex(State())

    package init() {}

    /// - Parameter part: One of several parts of the check, all of which must pass.
    package func pass(_ check: Check, part: String = "") {
        state.withLock { state in
            state.failures[check]?[part] = nil
            if state.failures[check]?.isEmpty ?? false { state.failures[check] = nil }
        }
    }

    package func fail(_ check: Check, part: String = "", _ reason: String) {
        state.withLock { state in
            if !state.checks.contains(check) { state.checks.append(check) }
            state.failures[check, default: [:]][part] = reason
        }
    }

    /// Fails for good, because the process is about to end.
    package func shutDown() { fail(Self.shutdown, "the process is stopping") }

    /// Changes the reason of a failing check, or of a failing part of one.
    package func explain(_ check: Check, part: String = "", _ reason: String) {
        state.withLock { state in
            if state.failures[check]?[part] != nil { state.failures[check]?[part] = reason }
        }
    }

    /// Sets or removes the note of a check, which does not affect whether it passes.
    package func note(_ check: Check, _ note: Note?) { state.withLock { $0.notes[check] = note } }

    package var isReady: Bool { state.withLock { $0.failures.isEmpty } }

    /// One line for each check, in the format of the API server's own `/readyz?verbose`.
    package var report: String {
        let state = state.withLock { $0 }
        let lines = (state.checks.filter { $0 != Self.shutdown } + [Self.shutdown]).map { check in
            if let reasons = state.failures[check] {
                return "[-]\(check.name) failed: \(reasons.values.sorted().joined(separator: "; "))"
            }
            guard let note = state.notes[check] else { return "[+]\(check.name) ok" }
            let seconds = (ContinuousClock.now - note.since).components.seconds
            return "[+]\(check.name) ok, but for \(seconds) s \(note.text)"
        }
        return (lines + ["readyz check \(state.failures.isEmpty ? "passed" : "failed")"]).joined(separator: "\n") + "\n"
    }
}
