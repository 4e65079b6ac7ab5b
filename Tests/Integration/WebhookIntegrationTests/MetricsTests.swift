import Foundation
import JSON
import Prometheus
import TestPrograms
import TestSupport
import Testing

@testable import pod_identity_webhook

@Suite("The running server's metrics", .timeLimit(.minutes(2)))
struct MetricsTests {
    /// Dashboards and alerts depend on each of these names.
    private static let names: [String: String] = [
        "http_request_count": "unknown",
        "pod_identity_webhook_pod_count": "unknown",
        "pod_identity_webhook_missing_sa_count": "unknown",
        "pod_identity_webhook_http_requests_total": "counter",
        "pod_identity_webhook_pods_total": "counter",
        "pod_identity_webhook_missing_service_accounts_total": "counter",
        "pod_identity_webhook_warnings_total": "counter",
        "pod_identity_webhook_reviews_in_flight": "gauge",
        "pod_identity_webhook_events_dropped_total": "counter",
        "pod_identity_webhook_config_map_entries": "gauge",
        "pod_identity_webhook_config_map_refused": "gauge",
        "pod_identity_webhook_api_server_requests_total": "counter",
        "pod_identity_webhook_api_server_request_duration_seconds": "histogram",
        "pod_identity_webhook_watch_sync_age_seconds": "gauge",
        "pod_identity_webhook_used": "gauge",
        "pod_identity_webhook_admission_requests_total": "counter",
        "pod_identity_webhook_identities_total": "counter",
        "pod_identity_webhook_admission_duration_seconds": "histogram",
        "pod_identity_webhook_service_accounts": "gauge",
        "pod_identity_webhook_service_account_lookups_total": "counter",
        "pod_identity_webhook_namespace_lookups_total": "counter",
        "pod_identity_webhook_watch_synced": "gauge",
        "pod_identity_webhook_watch_restarts_total": "counter",
        "pod_identity_webhook_skipped_objects_total": "counter",
        "pod_identity_webhook_profiles": "gauge",
        "pod_identity_webhook_profiles_refused": "gauge",
        "pod_identity_webhook_profile_refusals_total": "counter",
        "pod_identity_webhook_profiles_last_change_timestamp_seconds": "gauge",
        "pod_identity_webhook_pods_without_identity": "gauge",
        "pod_identity_webhook_scans_total": "counter",
        "pod_identity_webhook_certificate_expiration_timestamp_seconds": "gauge",
        "pod_identity_webhook_ca_certificate_expiration_timestamp_seconds": "gauge",
        "pod_identity_webhook_certificate_operations_total": "counter",
        "pod_identity_webhook_tls_handshakes_total": "counter",
        "pod_identity_webhook_open_connections": "gauge",
        "pod_identity_webhook_buffered_bytes": "gauge",
        "pod_identity_webhook_limits_reached_total": "counter",
        "pod_identity_webhook_log_lines_dropped_total": "counter",
        "pod_identity_webhook_build_info": "gauge",
        "process_cpu_seconds_total": "counter",
        "process_resident_memory_bytes": "gauge",
        "process_virtual_memory_bytes": "gauge",
        "process_open_fds": "gauge",
        "process_max_fds": "gauge",
        "process_start_time_seconds": "gauge",
    ]

    @Test("have the names, types, labels and help that they were declared with")
    func declarations() async throws {
        let webhook = try await WebhookUnderTest()
        _ = try await webhook.post(try Fixtures.data("review-small.json"))
        let metrics = try await webhook.scrape()
        #expect(metrics.families.mapValues(\.type) == Self.names)
        for definition in WebhookMetrics.definitions {
            let name = definition.name
            #expect(metrics.families[name]?.help == definition.help)
            let isHistogram = metrics.families[name]?.type == "histogram"
            let names = (isHistogram ? ["_bucket", "_sum", "_count"] : [""]).map { name + $0 }
            let samples = metrics.samples.filter { names.contains($0.name) }
            for sample in samples {
                #expect(Set(sample.labels.keys).subtracting(["le"]) == Set(definition.labels), "\(name)")
            }
            // There is no API server, and so no watch, lookup, Event or managed certificate. There are also no
            // profiles, no ConfigMap and no warnings.
            let needsMore = [
                "_watch_", "_skipped_", "_lookups_", "_scans_", "_pods_without_", "_ca_", "_operations_", "_profile",
                "_api_server_", "_events_", "_config_map_", "_warnings_",
            ]
            .contains { name.contains($0) }
            #expect(samples.isEmpty == needsMore, "\(name)")
        }
        let version = try await Command(WebhookProcess.executable, ["--version"]).runText()
        // Only scripts/swift-release.sh sets the commit.
        let label = ["version": version.trimmingCharacters(in: .newlines), "commit": ""]
        #expect(metrics.value("pod_identity_webhook_build_info", label) == 1)
    }

    @Test("count each review by its outcome, and dry runs separately")
    func reviews() async throws {
        let accounts = """
            \(WebhookUnderTest.account)
            ---
            {apiVersion: v1, kind: ServiceAccount, metadata: {name: plain, namespace: default}}
            ---
            apiVersion: v1
            kind: ServiceAccount
            metadata: {name: half, namespace: default, annotations: {eks.amazonaws.com/audience: nobody}}
            """
        let webhook = try await WebhookUnderTest(accounts: accounts)
        #expect(try await webhook.scrape().value("pod_identity_webhook_used") == 0)

        let review = try Fixtures.json("review-small.json")
        func post(_ changes: [([String], JSONTree?)]) async throws {
            var changed = review
            for (path, value) in changes { changed[path: ["request"] + path] = value }
            #expect(try await webhook.post(changed.bytes).status == 200)
        }
        let account = ["object", "spec", "serviceAccountName"]
        try await post([])
        try await post([])
        try await post([(["dryRun"], .literal("true"))])
        try await post([(["dryRun"], .literal("true")), (account, .string("plain"))])
        try await post([(account, .string("half"))])
        try await post([(account, .string("missing"))])
        try await post([(account, nil), (["object", "spec", "serviceAccount"], nil)])
        try await post([(["operation"], .string("UPDATE"))])

        let metrics = try await webhook.scrape()
        func labels(_ outcome: String, _ reason: String, dryRun: Bool = false) -> [String: String] {
            ["outcome": outcome, "reason": reason, "dry_run": "\(dryRun)"]
        }
        #expect(
            metrics.nonzero("pod_identity_webhook_admission_requests_total") == [
                labels("mutated", "injected"): 2,
                labels("mutated", "injected", dryRun: true): 1,
                labels("unchanged", "no_role", dryRun: true): 1,
                labels("unchanged", "no_role"): 1,
                labels("unchanged", "service_account_not_found"): 1,
                labels("unchanged", "no_service_account"): 1,
                labels("unchanged", "not_pod_creation"): 1,
            ]
        )
        #expect(metrics.nonzero("pod_identity_webhook_pod_count") == [["method": "sts_web_identity"]: 3])
        #expect(metrics.nonzero("pod_identity_webhook_pods_total") == [["method": "sts_web_identity"]: 3])
        #expect(metrics.value("pod_identity_webhook_missing_sa_count") == 1)
        #expect(metrics.value("pod_identity_webhook_missing_service_accounts_total") == 1)
        #expect(metrics.value("pod_identity_webhook_used") == 1)
        #expect(metrics.value("pod_identity_webhook_admission_duration_seconds_count") == 8)
        #expect(metrics.value("pod_identity_webhook_admission_duration_seconds_bucket", ["le": "0.00025"]) != nil)
        #expect(metrics.value("pod_identity_webhook_service_accounts", ["identity": "true"]) == 1)
        #expect(metrics.value("pod_identity_webhook_service_accounts", ["identity": "false"]) == 2)
    }

    @Test("count refusals by reason, and requests by method, path and status, with unknown values as other")
    func refusals() async throws {
        let webhook = try await WebhookUnderTest()
        let before = try await webhook.scrape().nonzero("http_request_count")
        _ = try await webhook.get("/mutate")
        _ = try await webhook.get("/mutate?timeout=1s", "-d", "{}")
        _ = try await webhook.post(Array("{".utf8))
        _ = try await webhook.post(Array("{}".utf8))
        var broken = try Fixtures.json("review-small.json")
        broken[path: ["request", "object", "spec"]] = .array([])
        _ = try await webhook.post(broken.bytes)
        _ = try await webhook.post([UInt8](repeating: UInt8(ascii: " "), count: 7 * 1024 * 1024 + 1))
        _ = try await webhook.get("/nothing/\(UUID().uuidString)")
        _ = try await webhook.get("/healthz", "-X", "PROPFIND")
        _ = try await webhook.get("/healthz")
        _ = try await webhook.get("/metrics")

        let metrics = try await webhook.scrape()
        let refused = metrics.nonzero("pod_identity_webhook_admission_requests_total")
        let reasons = [
            "method_not_allowed", "unsupported_media_type", "malformed_json", "malformed_review", "malformed_pod",
            "body_too_large",
        ]
        #expect(
            refused
                == Dictionary(
                    uniqueKeysWithValues: reasons.map {
                        (["outcome": "refused", "reason": $0, "dry_run": "false"], 1.0)
                    }
                )
        )
        func request(_ verb: String, _ path: String, _ code: Int) -> [String: String] {
            ["verb": verb, "path": path, "code": "\(code)"]
        }
        // The previous scrape is one of the requests, and so are the readiness checks while the server started.
        let requests = metrics.nonzero("http_request_count").filter { $0.key["path"] != "/readyz" }
        #expect(before.keys.allSatisfy { $0["path"] == "/readyz" })
        #expect(
            requests == [
                request("GET", "/metrics", 200): 1,
                request("GET", "/mutate", 405): 1,
                request("POST", "/mutate", 415): 1,
                request("POST", "/mutate", 400): 3,
                request("POST", "/mutate", 413): 1,
                request("GET", "other", 404): 1,
                request("GET", "/metrics", 404): 1,
                request("other", "/healthz", 405): 1,
                request("GET", "/healthz", 200): 1,
            ]
        )
        #expect(metrics.value("pod_identity_webhook_used") == 0)
    }

    @Test("count malformed HTTP and incomplete requests as other")
    func garbage() async throws {
        let webhook = try await WebhookUnderTest()
        let client = Command(
            "bash",
            ["-c", "exec 3<>/dev/tcp/127.0.0.1/\(webhook.process.metricsPort); echo -e '\\x01\\x02' >&3; head -1 <&3"]
        )
        #expect(try await client.run(timeout: .seconds(30)).text.contains("400"))
        let other = ["verb": "other", "path": "other", "code": "400"]
        #expect(try await webhook.scrape().value("http_request_count", other) == 1)
    }
}
