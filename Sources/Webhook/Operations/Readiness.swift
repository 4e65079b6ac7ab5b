internal import Synchronization

/// Whether requests should be sent here, and if not, why.
///
/// A source passes once it is loaded and never fails again: an outage of the API server must not take every replica
/// away. Only the end of the process and the lack of a usable certificate fail later.
package final class Readiness: Sendable {
    package enum Check: String, CaseIterable, Sendable {
        case certificate
        case serviceAccounts = "service-accounts"
        case configMap = "config-map"
        case shutdown
    }

    private let failures: Mutex<[Check: String]>

    /// - Parameter failing: the checks that must pass first, with what is missing.
    package init(failing: [Check: String]) { failures = Mutex(failing) }

    package func pass(_ check: Check) { failures.withLock { $0[check] = nil } }

    package func fail(_ check: Check, _ reason: String) { failures.withLock { $0[check] = reason } }

    /// Changes the reason of a check that has not passed yet.
    package func explain(_ check: Check, _ reason: String) {
        failures.withLock { failures in
            if failures[check] != nil { failures[check] = reason }
        }
    }

    package var isReady: Bool { failures.withLock { $0.isEmpty } }

    /// A line a check, in the form of the API server's own `/readyz?verbose`.
    package var report: String {
        let failures = failures.withLock { $0 }
        let lines = Check.allCases.map { check in
            failures[check].map { "[-]\(check.rawValue) failed: \($0)" } ?? "[+]\(check.rawValue) ok"
        }
        return (lines + ["readyz check \(failures.isEmpty ? "passed" : "failed")"]).joined(separator: "\n") + "\n"
    }
}
