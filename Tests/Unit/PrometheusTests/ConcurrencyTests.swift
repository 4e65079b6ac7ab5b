import CoreMetrics
import Prometheus
import TestSupport
import Testing

@Suite("Concurrent use", .timeLimit(.minutes(5)))
struct ConcurrencyTests {
    private static let tasks = 8
    private static let rounds = 2000

    @Test("loses nothing while series are created, changed and written")
    func counting() async throws {
        let registry = PrometheusRegistry([MetricDefinition("time", .histogram(buckets: [1, 2]), "Time.")])
        await withTaskGroup { group in
            for task in 0..<Self.tasks {
                group.addTask { Self.count(registry, task) }
            }
            group.addTask {
                for _ in 0..<50 { _ = registry.text() }
            }
        }
        let total = Double(Self.tasks * Self.rounds)
        let metrics = try ScrapedMetrics(String(decoding: registry.text(), as: UTF8.self))
        #expect(metrics.value("whole") == total)
        #expect(metrics.value("fractions") == total / 4)
        #expect(metrics.value("level") == total / 2)
        #expect(metrics.value("time_bucket", ["le": "1.0"]) == total / 2)
        #expect(metrics.value("time_count") == total)
        #expect(metrics.value("time_sum") == total * 1.25)
        let each = (0..<Self.tasks).map { (["task": "\($0)"], Double(Self.rounds)) }
        #expect(metrics.nonzero("each") == Dictionary(uniqueKeysWithValues: each))
    }

    private static func count(_ registry: PrometheusRegistry, _ task: Int) {
        let whole = Counter(label: "whole", factory: registry)
        let fractions = FloatingPointCounter(label: "fractions", factory: registry)
        let level = Meter(label: "level", factory: registry)
        let time = Timer(label: "time", factory: registry)
        for round in 0..<rounds {
            whole.increment()
            fractions.increment(by: 0.25)
            level.increment(by: 1.5)
            level.decrement()
            time.recordMilliseconds(round.isMultiple(of: 2) ? 500 : 2000)
            Counter(label: "each", dimensions: [("task", "\(task)")], factory: registry).increment()
        }
    }
}
