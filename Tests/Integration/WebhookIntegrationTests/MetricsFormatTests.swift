import Foundation
import Prometheus
import TestPrograms
import TestSupport
import Testing

@testable import pod_identity_webhook

@Suite("The running server's metrics in each format", .timeLimit(.minutes(2)))
struct MetricsFormatTests {
    private static let openMetrics = "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5"

    /// A webhook that has served a request and has a ConfigMap.
    private static func used() async throws -> WebhookUnderTest {
        let accounts = """
            \(WebhookUnderTest.account)
            ---
            {apiVersion: v1, kind: ConfigMap, metadata: {name: pod-identity-webhook, namespace: default}, data: {config: '{"a/b": {}, "c": {}}'}}
            """
        let webhook = try await WebhookUnderTest(["--watch-config-map", "--namespace=default"], accounts: accounts)
        _ = try await webhook.post(try Fixtures.data("review-small.json"))
        _ = try await webhook.get("/nothing")
        return webhook
    }

    private static func promtool(_ arguments: String...) async throws -> Command {
        let program = try await Command("\(TestFolders.repository)/scripts/promtool.sh").runText()
        return Command(String(program.dropLast()), arguments)
    }

    @Test("pass promtool's check of the text format")
    func text() async throws {
        let webhook = try await Self.used()
        let response = try await webhook.curl([webhook.metricsURL("/metrics")])
        #expect(response.status == 200)
        let output = try await Self.promtool("check", "metrics").run(input: Array(response.body.utf8))
        #expect(output.status == 0 && output.text + output.errorText == "", "\(output)")
    }

    @Test("can be read as OpenMetrics by Prometheus and its Python client, with the same content")
    func openMetrics() async throws {
        let webhook = try await Self.used()
        let url = webhook.metricsURL("/metrics")
        let text = try await ScrapedMetrics(parsing: try await webhook.curl([url]).body)
        let body = try await webhook.curl(["-H", "Accept: \(Self.openMetrics)", url]).body
        let metrics = try await ScrapedMetrics(parsingOpenMetrics: body)
        #expect(body.hasSuffix("# EOF\n"))
        let names = text.families.mapValues(\.type).map { name, type in
            (type == "counter" ? String(name.dropLast("_total".count)) : name, type)
        }
        #expect(metrics.families.mapValues(\.type) == Dictionary(names) { first, _ in first })
        #expect(metrics.families.count == WebhookMetrics.definitions.count)
        #expect(metrics.value("pod_identity_webhook_pods_total", ["method": "sts_web_identity"]) == 1)
        #expect(metrics.value("pod_identity_webhook_pod_count", ["method": "sts_web_identity"]) == 1)
        for (state, count) in [("valid", 1.0), ("invalid", 1)] {
            #expect(metrics.value("pod_identity_webhook_config_map_entries", ["state": state]) == count)
        }
        // promtool's OpenMetrics parser requires timestamps.
        let lines = body.split(separator: "\n").map { $0.hasPrefix("#") ? "\($0)" : "\($0) 1700000000" }
        let folder = try TemporaryDirectory()
        try folder.write(lines.joined(separator: "\n") + "\n", to: "metrics")
        let (file, data) = (folder.path("metrics"), folder.path("data"))
        let output = try await Self.promtool("tsdb", "create-blocks-from", "openmetrics", file, data).run()
        #expect(output.status == 0, "\(output)")
    }

    @Test("have the format that a client requests, compressed or not, and never get a 406")
    func forms() async throws {
        let webhook = try await WebhookUnderTest()
        let url = webhook.metricsURL("/metrics")
        let format = "%{content_type}|%header{content-encoding}|%header{vary}|%{size_download}"
        func head(_ arguments: [String]) async throws -> [String] {
            let output = try await Command("curl", ["-sS", "--fail", "-o", "/dev/null", "-w", format, url] + arguments)
                .runText()
            return output.split(separator: "|", omittingEmptySubsequences: false).map(String.init)
        }
        let text = ["text/plain; version=0.0.4; charset=utf-8", "", "accept, accept-encoding"]
        for accept in ["text/plain", "application/json", "*/*;q=0", ""] {
            #expect(try await Array(head(["-H", "Accept: \(accept)"])[..<3]) == text, "\(accept)")
        }
        let plain = try await head(["-H", "Accept: \(Self.openMetrics)"])
        #expect(plain[0] == "application/openmetrics-text; version=1.0.0; charset=utf-8" && plain[1] == "")
        let gzip = try await head(["-H", "Accept: \(Self.openMetrics)", "-H", "Accept-Encoding: gzip"])
        #expect(gzip[0] == plain[0] && gzip[1] == "gzip")
        let (short, long) = (try #require(Int(gzip[3])), try #require(Int(plain[3])))
        #expect(short * 4 < long)
        #expect(try await head(["-H", "Accept-Encoding: gzip;q=0"])[1] == "")
        let unpacked = try await webhook.curl(["--compressed", url])
        #expect(try await ScrapedMetrics(parsing: unpacked.body).families.count == WebhookMetrics.definitions.count)
        // The response to HEAD has the same length as for GET, and no body.
        #expect(try await webhook.curl(["--compressed", "-I", url]).status == 200)
    }
}
