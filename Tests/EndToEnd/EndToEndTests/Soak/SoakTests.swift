import Foundation
import TestPrograms
import TestSupport
import Testing

/// Runs for SOAK_MINUTES, or about a minute if unset. It is outside `EndToEnd`, whose time limit is shorter.
@Suite(.serialized, .timeLimit(.minutes(90)))
struct SoakTests {
    @Test func `No pod is missed or refused while everything goes wrong at once`() async throws {
        let minutes = ProcessInfo.processInfo.environment["SOAK_MINUTES"].flatMap(Double.init) ?? 1
        let soak = try await Soak.start()
        let report: SoakReport
        do {
            report = try await run(soak, until: .now + .seconds(minutes * 60))
        } catch {
            print(soak.logs())
            try await soak.stop()
            throw error
        }
        try await soak.stop()
        print(report)
        if let path = ProcessInfo.processInfo.environment["SOAK_REPORT"] {
            try "\(report)".write(toFile: path, atomically: true, encoding: .utf8)
        }
        #expect(report.count("made") > Int(minutes * 60))
        #expect(report.count("missed") == 0)
        #expect(report.unexplained == [])
        #expect(report.isMemoryFlat, "\(report)")
        #expect(report.peak < SoakReport.memoryCeiling, "\(report)")
        #expect(report.leakedDescriptors <= 0, "\(report)")
    }

    private func run(_ soak: Soak, until end: ContinuousClock.Instant) async throws -> SoakReport {
        let start = ContinuousClock.now
        let pods = try await soak.makePods(rate: 4)
        try await pods.waitForOutput(containing: #""made""#, timeout: .seconds(60))
        let before = try await ProcessSample(of: soak.replicas[0])
        let hostile = try await soak.annoy()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                while true {
                    try await Task.sleep(for: .seconds(2))
                    try await soak.sample()
                }
            }
            repeat {
                for event in [soak.replaceReplica, soak.restartAPIServer, soak.killReplica, soak.restartEtcd] {
                    try await event()
                    try await Task.sleep(for: .seconds(5))
                }
            } while ContinuousClock.now < end
            group.cancelAll()
            do { try await group.waitForAll() } catch is CancellationError {}
        }
        let peak = soak.replicas[0].peakMemory ?? .max
        for client in hostile {
            #expect(client.isRunning, "\(client.errorText)")
            client.closeInput()
            _ = try await client.waitForExit()
        }
        pods.closeInput()
        let output = try await pods.waitForExit(timeout: .seconds(120))
        var after = try await ProcessSample(of: soak.replicas[0])
        // The API server's connections may stay, and others may be waiting for close_notify.
        try await eventually("the hostile connections to close", log: soak.logs) {
            after = try await ProcessSample(of: soak.replicas[0])
            return after.descriptors - after.connections <= before.descriptors - before.connections
        }
        return SoakReport(
            duration: ContinuousClock.now - start,
            pods: try Soak.pods(output.text),
            kills: soak.kills,
            outages: soak.outages,
            events: soak.events,
            before: before,
            samples: soak.samples,
            after: after,
            peak: Double(peak)
        )
    }
}

struct SoakReport: CustomStringConvertible {
    let duration: Duration
    let pods: [Soak.Pod]
    let kills: [ClosedRange<Double>]
    let outages: [ClosedRange<Double>]
    let events: [String]
    let before: ProcessSample
    let samples: [ProcessSample]
    let after: ProcessSample
    /// The peak resident memory in bytes, including between samples.
    let peak: Double

    /// In bytes. This is far below the sum in docs/reliability.md, which assumes that everything reaches its limit at
    /// once.
    static let memoryCeiling = 240_000_000.0

    func count(_ result: String) -> Int { pods.count { $0.result == result } }

    /// Pods that were refused when no replica had just been killed.
    private var refusedOtherwise: [Soak.Pod] {
        pods.filter { pod in pod.result == "refused" && !kills.contains { $0.contains(pod.time) } }
    }

    /// Pods that failed when neither the API server nor etcd had just been killed.
    private var unavailableOtherwise: [Soak.Pod] {
        pods.filter { pod in pod.result == "unavailable" && !outages.contains { $0.contains(pod.time) } }
    }

    var unexplained: [String] { (refusedOtherwise + unavailableOtherwise).map(\.text) }

    private func changes(of date: (ProcessSample) -> Double) -> Int { Set(samples.map(date)).count - 1 }

    private func median(_ samples: some Collection<ProcessSample>) -> Double {
        let sorted = samples.map(\.memory).sorted()
        return sorted.isEmpty ? 0 : sorted[sorted.count / 2]
    }

    private var thirds: (first: Double, last: Double) {
        let size = samples.count / 3
        return (median(samples.prefix(size)), median(samples.suffix(size)))
    }

    /// Allows for malloc's own fluctuations, which are smaller than this many bytes.
    var isMemoryFlat: Bool { thirds.last < thirds.first + 32 * 1024 * 1024 }

    /// Descriptors other than connections, beyond those at the beginning.
    var leakedDescriptors: Int {
        Int((after.descriptors - after.connections) - (before.descriptors - before.connections))
    }

    private func megabytes(_ bytes: Double) -> String { "\(Int(bytes / 1_000_000)) MB" }

    var description: String {
        let happened = Dictionary(grouping: events) { $0 }.map { "\($0.key) \($0.value.count)" }.sorted()
        let limits = after.limits.map { "\($0.key.split(separator: "\"")[1]) \(Int($0.value))" }.sorted()
        return """
            | | |
            |---|---|
            | time | \(duration.components.seconds) s |
            | pods created with their role | \(count("made")) |
            | pods created without it | \(count("missed")) |
            | pods refused at the moment of a SIGKILL | \(count("refused") - refusedOtherwise.count) |
            | pods refused otherwise | \(refusedOtherwise.count) |
            | requests without an API server or etcd, while these restarted | \(count("unavailable") - unavailableOtherwise.count) |
            | requests without an API server or etcd otherwise | \(unavailableOtherwise.count) |
            | restarts | \(happened.joined(separator: ", ")) |
            | new certificates, new CAs | \(changes(of: \.certificate)), \(changes(of: \.authority)) |
            | resident memory: at the start, in the first and the last third, peak, at the end | \
            \([before.memory, thirds.first, thirds.last, peak, after.memory].map(megabytes).joined(separator: ", ")) |
            | descriptors: at the start, peak, at the end | \
            \(Int(before.descriptors)), \(Int(samples.map(\.descriptors).max() ?? 0)), \(Int(after.descriptors)) |
            | limits reached | \(limits.joined(separator: ", ")) |
            """
    }
}
