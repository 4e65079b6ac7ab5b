import Foundation
import Prometheus
import TestSupport
import Testing

@Suite("Process metrics", .timeLimit(.minutes(5)))
struct ProcessMetricsTests {
    @Test("are the kernel's values")
    func values() throws {
        // Memory use varies while other tests run.
        let before = try ["VmRSS", "VmSize"].map(memory)
        let registry = PrometheusRegistry(ProcessMetrics.definitions)
        registry.onScrape(ProcessMetrics.update)
        let metrics = try ScrapedMetrics(String(decoding: registry.text(), as: UTF8.self))

        let after = try ["VmRSS", "VmSize"].map(memory)
        let names = ["process_resident_memory_bytes", "process_virtual_memory_bytes"]
        for (name, told) in zip(names, zip(before, after)) {
            let shown = try #require(metrics.value(name))
            #expect(shown > min(told.0, told.1) / 2 && shown < max(told.0, told.1) * 2, "\(name): \(shown), \(told)")
        }
        #expect(try #require(metrics.value("process_cpu_seconds_total")) > 0)
        // proc_pid_limits(5): "Max open files", the soft limit, the hard limit, the unit.
        let limits = try String(contentsOfFile: "/proc/self/limits", encoding: .utf8)
        let limit = try #require(limits.firstMatch(of: /Max open files +(\S+)/)?.1)
        #expect(metrics.value("process_max_fds") == (limit == "unlimited" ? .infinity : Double(limit)))
        let open = try #require(metrics.value("process_open_fds"))
        #expect(open >= 3 && open <= (metrics.value("process_max_fds") ?? 0))
        let start = try #require(metrics.value("process_start_time_seconds"))
        #expect(start > 0 && start <= Date().timeIntervalSince1970 + 1)
    }

    /// In bytes, from a file with a format other than that of the one under test.
    private func memory(_ key: String) throws -> Double {
        let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
        let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("\(key):") })
        return try #require(line.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Double($0) }) * 1024
    }
}
