import HTTPServer
import NIOHTTP1
import Operations
import Prometheus
import TestSupport
import Testing

@Suite("Request metrics", .timeLimit(.minutes(5)))
struct RequestMetricsTests {
    private let registry = PrometheusRegistry(RequestMetrics.definitions)

    private func labels(_ verb: String, _ path: String, _ code: Int) -> [String: String] {
        ["verb": verb, "path": path, "code": "\(code)"]
    }

    private func scrape() throws -> ScrapedMetrics {
        try ScrapedMetrics(String(decoding: registry.text(), as: UTF8.self))
    }

    private func counts() throws -> [[String: String]: Double] {
        try scrape().nonzero("http_request_count")
    }

    private static let requests: [(HTTPMethod, String, HTTPResponseStatus)] = [
        (.POST, "/mutate?timeout=10s", .ok), (.POST, "/mutate", .ok), (.GET, "/healthz", .ok),
        (.POST, "/mutate", .badRequest), (.GET, "/none", .notFound), (.GET, "/healthz/", .notFound),
        (.RAW(value: "POST"), "/mutate?", .ok), (.RAW(value: "other"), "other", .notFound), (.MKCOL, "", .notFound),
        (.RAW(value: "post"), "/mutate", .methodNotAllowed),
    ]

    @Test("are by method, path and status, from all event loops, with unknown values as other")
    func counting() throws {
        let metrics = RequestMetrics(paths: ["/mutate", "/healthz"], factory: registry)
        for recorder in [metrics.recorder(.https), metrics.recorder(.metrics)] {
            for (method, uri, status) in Self.requests {
                recorder.recordResponse(to: RequestHead(method: method, uri: uri), with: status)
            }
        }
        #expect(
            try counts() == [
                labels("POST", "/mutate", 200): 6,
                labels("GET", "/healthz", 200): 2,
                labels("POST", "/mutate", 400): 2,
                labels("GET", "other", 404): 4,
                labels("other", "other", 404): 4,
                labels("other", "/mutate", 405): 2,
            ]
        )
    }

    @Test("are also by port under their own name")
    func listeners() throws {
        let metrics = RequestMetrics(paths: ["/healthz"], factory: registry)
        for recorder in [metrics.recorder(.https), metrics.recorder(.https), metrics.recorder(.metrics)] {
            recorder.recordResponse(to: RequestHead(method: .GET, uri: "/healthz"), with: .ok)
        }
        let get = labels("GET", "/healthz", 200)
        #expect(
            try scrape().nonzero("pod_identity_webhook_http_requests_total") == [
                get.merging(["listener": "https"]) { $1 }: 2, get.merging(["listener": "metrics"]) { $1 }: 1,
            ]
        )
        #expect(try counts() == [get: 3])
    }
}
