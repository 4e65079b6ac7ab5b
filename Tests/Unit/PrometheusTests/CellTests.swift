import CoreMetrics
import Prometheus
import TestSupport
import Testing

@Suite("Cells, each for one thread,", .timeLimit(.minutes(5)))
struct CellTests {
    private static let count = MetricDefinition("count", .counter, labels: ["of"], "Count.")
    private static let plain = MetricDefinition("plain", .counter, "Plain.")
    private static let level = MetricDefinition("level", .gauge, "Level.")
    private static let age = MetricDefinition("age", .gauge, labels: ["of"], "Age.")
    private static let time = MetricDefinition("time", .histogram(buckets: [0.25, 1]), "Time.")

    private let registry = PrometheusRegistry([count, plain, level, age, time])

    private func scrape() throws -> ScrapedMetrics {
        try ScrapedMetrics(String(decoding: registry.text(), as: UTF8.self))
    }

    @Test("of a counter are added up with its own count, and a reset applies to all")
    func sums() throws {
        let counter = Self.plain.counter(in: registry)
        let cells = (0..<3).map { _ in registry.counterCell(Self.plain) }
        counter.increment(by: 10)
        for cell in cells + [cells[0]] { cell.increment() }
        #expect(try scrape().value("plain") == 14)
        counter.reset()
        cells[1].increment()
        #expect(try scrape().value("plain") == 1)
    }

    @Test("of a histogram are added up with its timer's recordings")
    func histograms() throws {
        let cells = (0..<2).map { _ in registry.histogramCell(Self.time) }
        cells[0].recordNanoseconds(250_000_000)
        cells[0].recordNanoseconds(250_000_001)
        cells[1].recordNanoseconds(2_000_000_000)
        Self.time.timer(in: registry).recordSeconds(1)
        let metrics = try scrape()
        #expect(["0.25", "1.0", "+Inf"].map { metrics.value("time_bucket", ["le": $0]) } == [1, 3, 4])
        #expect(metrics.value("time_count") == 4)
        #expect(metrics.value("time_sum") == 3.500000001)
    }

    @Test("of a gauge are added up with its own value")
    func gauges() throws {
        let cells = (0..<2).map { _ in registry.gaugeCell(Self.level) }
        Self.level.gauge(in: registry).set(10)
        for cell in cells + cells { cell.increment() }
        cells[0].decrement()
        #expect(try scrape().value("level") == 13)
        for cell in [cells[0], cells[1], cells[1]] { cell.decrement() }
        #expect(try scrape().value("level") == 10)
    }

    @Test("of ages show the maximum of those that have been up to date once")
    func ages() throws {
        let cells = (0..<3).map { _ in registry.ageCell(Self.age, [("of", "a")]) }
        cells[0].setOutOfDate(since: .now - .seconds(5000))
        #expect(try scrape().value("age", ["of": "a"]) == nil)
        cells[0].setUpToDate()
        cells[1].setUpToDate()
        #expect(try scrape().value("age", ["of": "a"]) == 0)
        cells[1].setOutOfDate(since: .now - .seconds(1000))
        // It has been out of date since the earlier time.
        cells[1].setOutOfDate(since: .now)
        cells[0].setOutOfDate(since: .now - .seconds(10))
        let age = try #require(try scrape().value("age", ["of": "a"]))
        #expect(age >= 1000 && age < 4000)
        for cell in cells { cell.setUpToDate() }
        #expect(try scrape().value("age", ["of": "a"]) == 0)
    }

    @Test("are ignored if the metric has a different type")
    func kinds() throws {
        registry.counterCell(MetricDefinition("time", .counter, "")).increment()
        registry.gaugeCell(MetricDefinition("time", .gauge, "")).increment()
        registry.histogramCell(MetricDefinition("plain", .histogram(buckets: [1]), "")).recordNanoseconds(1)
        let metrics = try scrape()
        #expect(metrics.families["time"]?.type == "histogram" && metrics.families["plain"]?.type == "counter")
        for name in ["time", "time_count", "plain", "plain_count"] { #expect(metrics.value(name) == nil) }
    }

    @Test("in several threads lose nothing while they are read")
    func threads() async throws {
        let rounds = 20_000
        await withTaskGroup { group in
            for _ in 0..<4 {
                group.addTask { [registry] in
                    let (counter, histogram) = (registry.counterCell(Self.plain), registry.histogramCell(Self.time))
                    for _ in 0..<rounds {
                        counter.increment()
                        histogram.recordNanoseconds(500_000_000)
                    }
                }
            }
            group.addTask { [registry] in
                for _ in 0..<50 { _ = registry.text() }
            }
        }
        let metrics = try scrape()
        #expect(metrics.value("plain") == Double(4 * rounds))
        #expect(metrics.value("time_count") == Double(4 * rounds))
        #expect(metrics.value("time_sum") == Double(2 * rounds))
    }

    // MARK: By labels

    private struct Counters {
        var counters: LocalCounters
        var keys: [String] = []

        init(in registry: PrometheusRegistry) { counters = LocalCounters(CellTests.count, in: registry) }

        mutating func increment(_ key: String) {
            let keys = keys
            if counters.increment(where: { keys[$0] == key }) { return }
            if counters.incrementNew([key]) { self.keys.append(key) }
        }
    }

    @Test(
        "are found by their labels in any order of requests",
        arguments: ["aaa", "abcabc", "aabbcab", "cba"]
    )
    func order(keys: String) throws {
        var counters = [Counters](repeating: Counters(in: registry), count: 2)
        for key in keys { counters[0].increment(String(key)) }
        for key in keys.reversed() { counters[1].increment(String(key)) }
        #expect(counters.allSatisfy { Set($0.keys).count == $0.keys.count }, "no counter is created twice")
        let expected = keys.map { (["of": String($0)], 2.0) }
        #expect(try scrape().nonzero("count") == Dictionary(expected, uniquingKeysWith: +))
    }

    @Test("have a limited number of series per metric, of which existing ones keep counting")
    func maximum() throws {
        var counters = [Counters](repeating: Counters(in: registry), count: 2)
        for number in 0..<PrometheusRegistry.maximumSeries + 100 { counters[0].increment("\(number)") }
        for key in ["0", "another", "1050"] { counters[1].increment(key) }
        let counts = try scrape().nonzero("count")
        #expect(counts.count == PrometheusRegistry.maximumSeries)
        #expect(counts[["of": "0"]] == 2 && counts[["of": "999"]] == 1 && counts[["of": "another"]] == nil)
    }
}
