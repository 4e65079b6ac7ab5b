internal import FoundationEssentials
internal import NIOCore

/// The cores that this process may use.
enum UsableCores {
    /// What the quota and the cpuset of its cgroup leave it, and no more than those it is bound to (sched_setaffinity(2)).
    static var count: Int {
        let status = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)
        return min(System.coreCount, status.flatMap(bound(in:)) ?? .max)
    }

    /// - Parameter status: the text of `/proc/self/status` (proc(5)), which has a mask of the cores in hexadecimal digits.
    static func bound(in status: String) -> Int? {
        let field = "Cpus_allowed:"
        guard let line = status.split(separator: "\n").first(where: { $0.hasPrefix(field) }) else { return nil }
        let count = line.dropFirst(field.count).reduce(0) { $0 + ($1.hexDigitValue ?? 0).nonzeroBitCount }
        return count > 0 ? count : nil
    }
}
