import NIOCore
import NIOEmbedded
import NIOHTTP1
import Prometheus
import TestSupport
import Testing

@testable import HTTPServer
@testable import Operations

@Suite("The format of metrics", .timeLimit(.minutes(5)))
struct MetricsNegotiationTests {
    private func negotiation(accept: String?, encoding: String? = nil) -> MetricsNegotiation {
        MetricsNegotiation(
            RequestHead(method: .GET, uri: "/metrics", accept: accept, acceptEncoding: encoding)
        )
    }

    /// The header of Prometheus 2.42 and 3.0.
    private static let prometheus2 =
        "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
        + "text/plain;version=0.0.4;q=0.5,*/*;q=0.1"
    private static let prometheus3 =
        "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,"
        + "application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,"
        + "text/plain;version=0.0.4;q=0.3,*/*;q=0.2"

    @Test(
        "is OpenMetrics if the client names it and does not prefer the text format",
        arguments: [
            prometheus2, prometheus3, "application/openmetrics-text", "Application/OpenMetrics-Text; Version=1.0.0",
            #"application/openmetrics-text; version="1.0.0"; charset=utf-8"#,
            "text/plain, application/openmetrics-text", "text/plain;q=0.5, application/openmetrics-text;q=0.5",
            "text/html;q=0.9, application/openmetrics-text;q=0.001",
            "*/*;q=0.9, text/*;q=0.1, application/openmetrics-text;q=0.2",
            "*/*;q=0.9, text/plain;q=0.1, application/openmetrics-text;q=0.2",
            "text/plain;version=1.0.0, application/openmetrics-text;q=0.5",
            #"text/x;a="q,;\"b", application/openmetrics-text"#,
            ",, ; ,application/openmetrics-text ; q=1.000 ,",
        ]
    )
    func openMetrics(_ accept: String) { #expect(negotiation(accept: accept).format == .openMetrics) }

    @Test(
        "is the text format otherwise, even if the client accepts neither",
        arguments: [
            nil, "", "*/*", "text/plain", "text/*", "application/*", "text/html", "text/plain;q=0", "*/*;q=0",
            "application/openmetrics-text;q=0", "application/openmetrics-text;q=0.000",
            "application/openmetrics-text;version=0.0.1", "application/openmetrics-text;version=2.0.0",
            "application/openmetrics-text;q=0.4, text/plain;q=0.5", "application/openmetrics-text;q=0.4, */*;q=0.5",
            "application/openmetrics-text;q=0.4, text/*;q=0.5, */*;q=0.1",
            "application/openmetrics-text;q=0.4, text/plain;version=0.0.4;q=0.5, */*;q=0.1",
            "application/openmetrics-text;q=1.1", "application/openmetrics-text;q=-1",
            "application/openmetrics-text;q=0.0001", "application/openmetrics-text;q=x",
            "application/openmetrics-text;q=", "application/openmetrics-text;q=.5",
            "application/openmetrics-text;q=1.001",
            "application/openmetrics-text;q=\u{661}", "application/openmetrics-textual",
            "\"application/openmetrics-text",
            "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited",
            String(repeating: "a/b,", count: 64) + "application/openmetrics-text",
        ]
    )
    func text(_ accept: String?) { #expect(negotiation(accept: accept).format == .text) }

    @Test(
        "is compressed if the client accepts that and does not prefer plain text",
        arguments: [
            ("gzip", true), ("GZIP", true), ("x-gzip", true), ("gzip, deflate, br", true),
            ("deflate;q=1, gzip;q=0.1", true),
            ("*", true), ("identity, gzip", true), ("identity;q=0.5, *;q=0.6", true), ("gzip;q=0.5, *;q=0", true),
            (nil, false), ("", false), ("identity", false), ("deflate", false), ("gzip;q=0", false), ("*;q=0", false),
            ("gzip;q=0, *", false), ("identity, gzip;q=0.9", false), ("identity;q=0, *;q=0", false), ("gzipped", false),
            ("gzip;q=2", false),
        ] as [(String?, Bool)]
    )
    func compression(_ encoding: String?, _ isUsed: Bool) {
        #expect(negotiation(accept: nil, encoding: encoding).usesGzip == isUsed)
    }

    // MARK: The page

    private func page(accept: String?, encoding: String?) throws -> String {
        let registry = PrometheusRegistry([MetricDefinition("level", .gauge, "Level.")])
        let route = PageRoute.metrics(registry)
        let head = RequestHead(method: .GET, uri: "/metrics", accept: accept, acceptEncoding: encoding)
        let request = HTTPRequest(head: head, body: ByteBuffer())
        guard case .immediate(let response) = route.respond(to: request, on: EmbeddedEventLoop()) else {
            Issue.record("the metrics are not available immediately")
            return ""
        }
        let encodings = response.headers.filter { $0.name == "content-encoding" }.map(\.value)
        #expect(response.headers.contains { $0.name == "vary" && $0.value == "accept, accept-encoding" })
        #expect(encodings == (encoding == "gzip" ? ["gzip"] : []))
        #expect(response.body.readableBytesView.starts(with: [0x1f, 0x8b]) == (encoding == "gzip"))
        return response.contentType
    }

    @Test("is in the response's Content-Type")
    func answer() throws {
        #expect(try page(accept: nil, encoding: nil) == "text/plain; version=0.0.4; charset=utf-8")
        let openMetrics = "application/openmetrics-text; version=1.0.0; charset=utf-8"
        #expect(try page(accept: Self.prometheus2, encoding: "gzip") == openMetrics)
    }
}
