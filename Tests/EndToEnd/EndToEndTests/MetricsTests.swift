import Foundation
import Kubernetes
import TestPrograms
import TestSupport
import Testing

extension EndToEnd {
    /// The webhook's metrics about its requests to the API server.
    @Suite struct MetricsTests {
        private static let resource = ["resource": "serviceaccounts"]
        private static let syncAge = "pod_identity_webhook_watch_sync_age_seconds"
        private static let requests = "pod_identity_webhook_api_server_requests_total"
        private static let lookups = "pod_identity_webhook_service_account_lookups_total"

        @Test func `The metrics show the state of the ServiceAccount watch during an API server outage`()
            async throws
        {
            try await Installation.with { installation in
                let webhook = installation.webhook
                try await installation.createServiceAccount("metered", role: "metered")
                _ = try await installation.dryRun(Manifest.pod(serviceAccount: "metered"), untilRole: "metered")

                let metrics = try await scrape(webhook)
                #expect(metrics.value("pod_identity_webhook_watch_synced", Self.resource) == 1)
                #expect(metrics.value(Self.syncAge, Self.resource) == 0)
                #expect(connectionFailures(metrics) == 0)
                let watches = Self.resource.merging(["verb": "watch", "code": "200"]) { $1 }
                #expect(try #require(metrics.value(Self.requests, watches)) >= 1)
                let accounts = "pod_identity_webhook_service_accounts"
                #expect(try #require(metrics.value(accounts, ["identity": "true"])) >= 1)
                #expect(try #require(metrics.value(accounts, ["identity": "false"])) >= 1)
                let dryRuns = ["outcome": "mutated", "reason": "injected", "dry_run": "true"]
                #expect(try #require(metrics.value("pod_identity_webhook_admission_requests_total", dryRuns)) >= 1)

                await installation.controlPlane.killAPIServer()
                try await eventually("the watch to be lost") {
                    let metrics = try await scrape(webhook)
                    return metrics.value("pod_identity_webhook_watch_synced", Self.resource) == 0
                        && connectionFailures(metrics) ?? 0 > 0
                        && metrics.value(Self.syncAge, Self.resource) ?? 0 > 0
                        && metrics.nonzero(Self.requests).contains { $0.key["code"] == "error" }
                }
                try await installation.controlPlane.startAPIServer()
                try await eventually("the watch to resume") {
                    let metrics = try await scrape(webhook)
                    return metrics.value("pod_identity_webhook_watch_synced", Self.resource) == 1
                        && metrics.value(Self.syncAge, Self.resource) == 0
                }
            }
        }

        @Test func `Lookups are counted by result`() async throws {
            try await Installation.with { installation in
                let webhook = installation.webhook
                let before = try await scrape(webhook).value(Self.lookups, ["result": "not_found"])
                let review = """
                    {"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","request":{"uid":"1",\
                    "namespace":"\(installation.namespace)","operation":"CREATE",\
                    "resource":{"group":"","version":"v1","resource":"pods"},\
                    "object":{"spec":{"serviceAccountName":"nobody","containers":[]}}}}
                    """
                let address = "https://127.0.0.1:\(webhook.port)/mutate"
                let options = ["-sSk", "--fail", "--max-time", "30", "-H", "Content-Type: application/json"]
                try await Command("curl", options + ["--data-binary", "@-", address]).runText(input: review)
                let metrics = try await scrape(webhook)
                #expect(metrics.value(Self.lookups, ["result": "not_found"]) == before.map { $0 + 1 })
                #expect(metrics.value(Self.lookups, ["result": "unavailable"]) == 0)
                #expect(try #require(metrics.value("pod_identity_webhook_missing_sa_count")) >= 1)
            }
        }

        private func connectionFailures(_ metrics: ScrapedMetrics) -> Double? {
            let labels = Self.resource.merging(["reason": "connection"]) { $1 }
            return metrics.value("pod_identity_webhook_watch_restarts_total", labels)
        }

        func scrape(_ webhook: WebhookProcess) async throws -> ScrapedMetrics {
            let address = "http://127.0.0.1:\(webhook.metricsPort)/metrics"
            return try await ScrapedMetrics(
                parsing: try await Command("curl", ["-sS", "--fail", "--max-time", "30", address]).runText()
            )
        }
    }
}
