internal import Glibc

/// The metrics that every Prometheus client exports about its own process, read from `/proc` (proc(5)) at each scrape.
/// Values that cannot be read stay as they were.
package enum ProcessMetrics {
    package static let definitions = [
        MetricDefinition("process_cpu_seconds_total", .counter, "CPU time spent in user and kernel mode, in seconds."),
        MetricDefinition("process_resident_memory_bytes", .gauge, "Resident memory size in bytes."),
        MetricDefinition("process_virtual_memory_bytes", .gauge, "Virtual memory size in bytes."),
        MetricDefinition("process_open_fds", .gauge, "Number of open file descriptors."),
        MetricDefinition("process_max_fds", .gauge, "Maximum number of open file descriptors."),
        MetricDefinition(
            "process_start_time_seconds",
            .gauge,
            "Start time of the process since the Unix epoch, in seconds."
        ),
    ]

    package static func update(_ registry: PrometheusRegistry) {
        if let status = Status() {
            registry.set("process_cpu_seconds_total", to: status.cpuSeconds)
            registry.set("process_resident_memory_bytes", to: status.residentBytes)
            registry.set("process_virtual_memory_bytes", to: status.virtualBytes)
            if let boot = bootTime { registry.set("process_start_time_seconds", to: boot + status.startSeconds) }
        }
        if let count = openFiles { registry.set("process_open_fds", to: Double(count)) }
        if let maximum = maximumFiles { registry.set("process_max_fds", to: maximum) }
    }

    /// The content of `/proc/self/stat`.
    private struct Status {
        let cpuSeconds: Double
        /// The start of the process, in seconds since boot.
        let startSeconds: Double
        let virtualBytes: Double
        let residentBytes: Double

        init?() {
            guard let text = ProcessMetrics.read("/proc/self/stat"),
                // The second field, the program's name in parentheses, may contain any character.
                let end = text.lastIndex(of: ")")
            else { return nil }
            // The list begins with the third field.
            let fields = text[end...].split(separator: " ").dropFirst().map { Double($0) ?? 0 }
            guard fields.count > 21 else { return nil }
            let ticks = Double(sysconf(Int32(_SC_CLK_TCK)))
            cpuSeconds = (fields[11] + fields[12]) / ticks
            startSeconds = fields[19] / ticks
            virtualBytes = fields[20]
            residentBytes = fields[21] * Double(sysconf(Int32(_SC_PAGESIZE)))
        }
    }

    private static var bootTime: Double? { value(of: "btime", in: "/proc/stat") }

    private static var maximumFiles: Double? { value(of: "Max open files", in: "/proc/self/limits") }

    /// The number after `key` in the first line that starts with it.
    private static func value(of key: String, in path: String) -> Double? {
        guard let line = read(path)?.split(separator: "\n").first(where: { $0.hasPrefix(key) }),
            let word = line.dropFirst(key.count).split(separator: " ").first
        else { return nil }
        return word == "unlimited" ? .infinity : Double(word)
    }

    private static var openFiles: Int? {
        guard let folder = opendir("/proc/self/fd") else { return nil }
        defer { closedir(folder) }
        var count = 0
        while readdir(folder) != nil { count += 1 }
        // `.`, `..` and the descriptor of the folder itself do not count.
        return count - 3
    }

    private static func read(_ path: String) -> String? {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var content: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = Glibc.read(file, &chunk, chunk.count)
            guard count > 0 else { return count == 0 ? String(decoding: content, as: UTF8.self) : nil }
            content += chunk[..<count]
        }
    }
}
