import CoreMetrics
import Prometheus
import TestSupport
import Testing

@Suite("The registry", .timeLimit(.minutes(5)))
struct RegistryTests {
    private let registry = PrometheusRegistry([
        MetricDefinition("requests_total", .counter, labels: ["code"], "Requests."),
        MetricDefinition("temperature", .gauge, "Degrees."),
        MetricDefinition("duration_seconds", .histogram(buckets: [0.00025, 0.001, 1]), "Time."),
        MetricDefinition("size_bytes", .histogram(buckets: [10, 100]), "Size."),
    ])

    private var text: String { String(decoding: registry.text(), as: UTF8.self) }

    @Test("writes the text format: declared metrics in order, series by labels")
    func format() {
        Counter(label: "requests_total", dimensions: [("code", "404")], factory: registry).increment()
        Counter(label: "requests_total", dimensions: [("code", "200")], factory: registry).increment(by: 41)
        Counter(label: "requests_total", dimensions: [("code", "200")], factory: registry).increment()
        Gauge(label: "temperature", factory: registry).record(-1.5)
        Timer(label: "duration_seconds", factory: registry).recordMicroseconds(300)
        #expect(
            text == """
                # HELP requests_total Requests.
                # TYPE requests_total counter
                requests_total{code="200"} 42
                requests_total{code="404"} 1
                # HELP temperature Degrees.
                # TYPE temperature gauge
                temperature -1.5
                # HELP duration_seconds Time.
                # TYPE duration_seconds histogram
                duration_seconds_bucket{le="0.00025"} 0
                duration_seconds_bucket{le="0.001"} 1
                duration_seconds_bucket{le="1.0"} 1
                duration_seconds_bucket{le="+Inf"} 1
                duration_seconds_sum 0.0003
                duration_seconds_count 1
                # HELP size_bytes Size.
                # TYPE size_bytes histogram

                """
        )
    }

    @Test("counts a value in the first bucket whose bound is not below it, and NaN in none")
    func buckets() throws {
        let timer = Timer(label: "duration_seconds", factory: registry)
        for nanoseconds in [0, 250_000, 250_001, 1_000_000, 999_999_999, 1_000_000_001] {
            timer.recordNanoseconds(nanoseconds)
        }
        let sizes = Recorder(label: "size_bytes", dimensions: [("of", "body")], factory: registry)
        sizes.record(10)
        sizes.record(10.5)
        sizes.record(Double.nan)
        let metrics = try ScrapedMetrics(text)
        let counts = ["0.00025", "0.001", "1.0", "+Inf"].map { metrics.value("duration_seconds_bucket", ["le": $0]) }
        #expect(counts == [2, 4, 5, 6])
        #expect(metrics.value("duration_seconds_count") == 6)
        #expect(metrics.value("size_bytes_bucket", ["of": "body", "le": "10.0"]) == 1)
        #expect(metrics.value("size_bytes_bucket", ["of": "body", "le": "+Inf"]) == 2)
        #expect(metrics.value("size_bytes_sum", ["of": "body"]) == 20.5)
    }

    @Test("has counters that accept fractions and only increase, and meters that go both ways")
    func arithmetic() throws {
        let counter = Counter(label: "count", factory: registry)
        counter.increment(by: 2)
        counter.increment(by: -5)
        let fractions = FloatingPointCounter(label: "count", factory: registry)
        for amount in [0.25, -1, .infinity, .nan] { fractions.increment(by: amount) }
        let meter = Meter(label: "level", factory: registry)
        meter.set(10)
        meter.increment(by: 2.5)
        meter.decrement()
        let reset = Counter(label: "reset", factory: registry)
        reset.increment()
        reset.reset()
        let metrics = try ScrapedMetrics(text)
        #expect(metrics.value("count") == 2.25)
        #expect(metrics.value("level") == 11.5)
        #expect(metrics.value("reset") == 0)
    }

    @Test("treats labels in any order as one series, and removes a destroyed series")
    func series() throws {
        let first = Counter(label: "pairs", dimensions: [("a", "1"), ("b", "2")], factory: registry)
        first.increment()
        Counter(label: "pairs", dimensions: [("b", "2"), ("a", "1")], factory: registry).increment()
        Counter(label: "pairs", dimensions: [("a", "2"), ("b", "1")], factory: registry).increment()
        let before = try ScrapedMetrics(text)
        #expect(before.nonzero("pairs") == [["a": "1", "b": "2"]: 2, ["a": "2", "b": "1"]: 1])
        first.destroy()
        let after = try ScrapedMetrics(text)
        #expect(after.nonzero("pairs") == [["a": "2", "b": "1"]: 1])
    }

    @Test("has one type per name, and does not show values of another type")
    func conflict() throws {
        Counter(label: "requests_total", factory: registry).increment()
        Meter(label: "requests_total", factory: registry).set(7)
        Timer(label: "temperature", factory: registry).recordSeconds(1)
        let metrics = try ScrapedMetrics(text)
        #expect(metrics.value("requests_total") == 1)
        #expect(metrics.families["temperature"]?.type == "gauge" && metrics.value("temperature") == nil)
    }

    @Test("fetches values that are kept elsewhere for each scrape")
    func onScrape() throws {
        registry.onScrape { registry in
            registry.set("temperature", to: 21)
            registry.set("requests_total", [("code", "200")], to: 1.5)
            registry.set("undeclared", to: 1)
        }
        let metrics = try ScrapedMetrics(text)
        #expect(metrics.value("temperature") == 21)
        #expect(metrics.value("requests_total", ["code": "200"]) == 1.5)
        #expect(metrics.families["undeclared"] == nil)
    }

    @Test("changes names that Prometheus does not allow")
    func names() throws {
        Counter(label: "http.requests-5xx", dimensions: [("status code", "a"), ("0", "b")], factory: registry)
            .increment()
        Counter(label: "9lives", factory: registry).increment()
        let metrics = try ScrapedMetrics(text)
        #expect(metrics.value("http_requests_5xx", ["status_code": "a", "_0": "b"]) == 1)
        #expect(metrics.value("_9lives") == 1)
    }

    @Test(
        "writes help and label values so that they can be read back",
        arguments: [#"back\slash"#, "two\nlines", #"a "quoted" word"#, #"\n"#, "r\r", "größe 💡", #"ends in \"#, ""]
    )
    func escaping(_ value: String) throws {
        let registry = PrometheusRegistry([MetricDefinition("escaped", .gauge, labels: ["label"], "Help: \(value).")])
        Meter(label: "escaped", dimensions: [("label", value)], factory: registry).set(1)
        let metrics = try ScrapedMetrics(String(decoding: registry.text(), as: UTF8.self))
        #expect(metrics.families["escaped"]?.help == "Help: \(value).")
        #expect(metrics.value("escaped", ["label": value]) == 1)
    }

    @Test(
        "writes numbers so that they can be read back",
        arguments: [0, -0.5, 1e-9, 123456789.125, 1.7e308, 9_007_199_254_740_994, .infinity, -.infinity]
    )
    func numbers(_ value: Double) throws {
        Meter(label: "number", factory: registry).set(value)
        #expect(try ScrapedMetrics(text).value("number") == value)
    }

    @Test("writes NaN so that it can be read back")
    func notANumber() throws {
        Meter(label: "number", factory: registry).set(Double.nan)
        #expect(try ScrapedMetrics(text).value("number")?.isNaN == true)
    }
}
