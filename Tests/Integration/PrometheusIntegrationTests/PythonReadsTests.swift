import CoreMetrics
import Prometheus
import TestPrograms
import TestSupport
import Testing

@Suite("Prometheus' own Python client reads", .timeLimit(.minutes(1)))
struct PythonReadsTests {
    private let registry = PrometheusRegistry([
        MetricDefinition("requests_total", .counter, labels: ["code"], #"A "help" of \ two"# + "\nlines."),
        MetricDefinition("temperature", .gauge, labels: ["place"], "Degrees."),
        MetricDefinition("duration_seconds", .histogram(buckets: [0.00025, 0.001, 1]), "Time."),
        MetricDefinition("nothing", .gauge, ""),
    ])

    private static let texts = [
        #"back\slash"#, "two\nlines", #"a "quoted" word"#, #"\n"#, "r\r", "größe 💡", #"ends in \"#, "", "}",
        "a,b=\"c\"",
    ]
    private static let numbers = [0, -0.5, 1e-9, 123456789.125, 1.7e308, 9_007_199_254_740_994, .infinity, -.infinity]

    @Test("every kind, text and number as the tests of the registry do")
    func agreement() async throws {
        for text in Self.texts {
            Meter(label: "temperature", dimensions: [("place", text)], factory: registry).set(1)
        }
        for (index, number) in Self.numbers.enumerated() {
            Meter(label: "number", dimensions: [("index", "\(index)")], factory: registry).set(number)
        }
        for code in ["200", "404"] {
            Counter(label: "requests_total", dimensions: [("code", code)], factory: registry).increment(by: 41)
        }
        Counter(label: "9.lives-left", dimensions: [("a b", "1"), ("0", "2")], factory: registry).increment()
        for microseconds in [1, 300, 2_000_000] {
            Timer(label: "duration_seconds", factory: registry).recordMicroseconds(microseconds)
        }
        let text = String(decoding: registry.text(), as: UTF8.self)
        let (ours, theirs) = (try ScrapedMetrics(text), try await ScrapedMetrics(parsing: text))
        #expect(ours.families == theirs.families)
        #expect(ours.samples == theirs.samples)
        #expect(theirs.samples.count == Self.texts.count + Self.numbers.count + 2 + 1 + 6)
    }

    @Test("NaN")
    func notANumber() async throws {
        Meter(label: "number", factory: registry).set(Double.nan)
        let text = String(decoding: registry.text(), as: UTF8.self)
        #expect(try await ScrapedMetrics(parsing: text).value("number")?.isNaN == true)
    }
}
