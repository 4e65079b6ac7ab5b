import CoreMetrics
import Prometheus
import TestSupport
import Testing

@Suite("OpenMetrics", .timeLimit(.minutes(5)))
struct OpenMetricsTests {
    private static let requests = MetricDefinition(
        "requests_total",
        .counter,
        labels: ["port", "code"],
        #"Requests by "code"."#
    )
    private let registry = PrometheusRegistry([
        requests, requests.alias("request_count", labels: ["code"]),
        MetricDefinition("odd", .counter, "Odd."),
        MetricDefinition("temperature", .gauge, "Degrees."),
        MetricDefinition("duration_seconds", .histogram(buckets: [0.00025, 1, 10]), "Time."),
    ])

    private func text(_ format: ExpositionFormat) -> String { String(decoding: registry.text(format), as: UTF8.self) }

    private func count() {
        for (port, code, amount) in [("https", "200", 5), ("metrics", "200", 2), ("https", "404", 1)] {
            Self.requests.counter([("code", code), ("port", port)], in: registry).increment(by: amount)
        }
        Counter(label: "odd", factory: registry).increment()
        Meter(label: "temperature", factory: registry).set(-1.5)
        Timer(label: "duration_seconds", factory: registry).recordMilliseconds(300)
    }

    @Test("names counter families without _total, and has an end marker")
    func openMetrics() {
        count()
        #expect(
            text(.openMetrics) == #"""
                # HELP requests Requests by \"code\".
                # TYPE requests counter
                requests_total{code="200",port="https"} 5
                requests_total{code="200",port="metrics"} 2
                requests_total{code="404",port="https"} 1
                # HELP request_count The same counts as requests_total, under the name that the Amazon EKS pod identity webhook uses.
                # TYPE request_count unknown
                request_count{code="200"} 7
                request_count{code="404"} 1
                # HELP odd Odd.
                # TYPE odd counter
                odd_total 1
                # HELP temperature Degrees.
                # TYPE temperature gauge
                temperature -1.5
                # HELP duration_seconds Time.
                # TYPE duration_seconds histogram
                duration_seconds_bucket{le="0.00025"} 0
                duration_seconds_bucket{le="1.0"} 1
                duration_seconds_bucket{le="10.0"} 1
                duration_seconds_bucket{le="+Inf"} 1
                duration_seconds_sum 0.3
                duration_seconds_count 1
                # EOF

                """#
        )
    }

    @Test(
        "has no type for a counter's second name, like the text format, and sums it over labels that it lacks"
    )
    func alias() throws {
        count()
        let metrics = try ScrapedMetrics(text(.text))
        #expect(metrics.families["requests_total"]?.type == "counter")
        #expect(metrics.families["request_count"]?.type == "untyped")
        #expect(metrics.nonzero("request_count") == [["code": "200"]: 7, ["code": "404"]: 1])
        #expect(!text(.text).contains("# EOF"))
    }

    @Test("does not allow counting under the second name")
    func aliasAlone() throws {
        Counter(label: "request_count", factory: registry).increment()
        registry.counterCell(Self.requests.alias("request_count", labels: ["code"]), [("code", "1")]).increment()
        #expect(try ScrapedMetrics(text(.text)).nonzero("request_count").isEmpty)
    }
}
