internal import FoundationEssentials
internal import NIOCore

/// The cores that this process may use.
enum UsableCores {
    /// The number of cores that the quota and cpuset of its cgroup allow, and its CPU affinity (sched_setaffinity(2)).
    static var count: Int {
        let status = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)
        return min(System.coreCount, status.flatMap(affinity(in:)) ?? .max)
    }

    /// The number of cores in the CPU affinity mask; nil if there is none.
    ///
    /// - Parameter status: The text of `/proc/self/status` (proc(5)), which contains the mask in hexadecimal digits.
    static func affinity(in status: String) -> Int? {
        let field = "Cpus_allowed:"
        guard let line = status.split(separator: "\n").first(where: { $0.hasPrefix(field) }) else { return nil }
        let count = line.dropFirst(field.count).reduce(0) { $0 + ($1.hexDigitValue ?? 0).nonzeroBitCount }
        return count > 0 ? count : nil
    }
}
