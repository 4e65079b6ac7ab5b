import Foundation
import Kubernetes
import TestPrograms
import TestSupport
import Testing

extension EndToEnd {
    /// Only `kubectl apply -f deploy/pod-identity-webhook.yaml`.
    @Suite struct InstallTests {
        @Test func `The manifest alone is enough for pods to get their roles`() async throws {
            try await withDeployedWebhook(replicas: 2) { webhook in
                let controlPlane = webhook.controlPlane
                let secret = try await controlPlane.get("secret", Self.name, namespace: Self.name)
                #expect(secret["type"].string == "Opaque")
                for entry in ["ca.crt", "ca.key"] { #expect(secret["data"][entry].string != nil, "the CA is shared") }
                for entry in ["tls.crt", "tls.key"] {
                    #expect(secret["data"][entry].string == nil, "the serving certificate is not shared")
                }
                let webhooks = try await controlPlane.get("mutatingwebhookconfiguration", Self.name)["webhooks"]
                    .elements
                let bundles = webhooks.map { $0["clientConfig"]["caBundle"].string ?? "" }
                #expect(bundles.count == 2)
                #expect(Set(bundles).count == 1)
                #expect(!bundles[0].isEmpty)

                let namespace = try await controlPlane.makeNamespace("install")
                try await controlPlane.create(Manifest.serviceAccount("reports", role: "reports"), namespace: namespace)
                // A new registration takes effect after a moment.
                try await eventually("the pod's role", log: webhook.logs) {
                    let pod = Manifest.pod(serviceAccount: "reports")
                    let created = try await controlPlane.create(pod, namespace: namespace, dryRun: true)
                    return Identity.all(in: created) == Array(repeating: .expected(role: "reports"), count: 3)
                }
                try await Self.expectOwnPodsLeftOut(on: controlPlane)
            }
        }

        /// The webhook serves its own namespace, but never its own pods in any namespace.
        private static func expectOwnPodsLeftOut(on controlPlane: ControlPlane) async throws {
            try await controlPlane.create(Manifest.serviceAccount("neighbour", role: "neighbour"), namespace: name)
            let template = try InstallManifest.ofRepository()["Deployment"]["spec"]["template"]
            let label = "pod-identity-webhook.amazonaws.com/webhook"
            #expect(template["metadata"]["labels"][label] != .null)
            try await eventually("a role in the webhook's own namespace", log: controlPlane.logTails) {
                let pod = Manifest.pod(serviceAccount: "neighbour")
                let created = try await controlPlane.create(pod, namespace: name, dryRun: true)
                return Identity.all(in: created) == Array(repeating: .expected(role: "neighbour"), count: 3)
            }
            let own = Manifest.pod(serviceAccount: "neighbour", labels: "{\(label): any}")
            let created = try await controlPlane.create(own, namespace: name, dryRun: true)
            #expect(Identity.all(in: created) == [nil, nil, nil])
            try await controlPlane.kubectl(["delete", "serviceaccount", "neighbour", "-n", name])
        }

        /// With certificates this short-lived, the webhook uses every verb within seconds.
        @Test(arguments: [
            ("serviceaccounts", "list"), ("serviceaccounts", "watch"),
            ("secrets", "create"), ("secrets", "get"), ("secrets", "list"), ("secrets", "watch"), ("secrets", "patch"),
            ("mutatingwebhookconfigurations", "get"), ("mutatingwebhookconfigurations", "list"),
            ("mutatingwebhookconfigurations", "watch"), ("mutatingwebhookconfigurations", "patch"),
        ])
        func `The webhook logs a forbidden request if a verb is missing from its RBAC rules`(
            resource: String,
            verb: String
        ) async throws {
            var manifest = try InstallManifest.ofRepository()
            manifest.revoke(verb, of: resource)
            manifest.add(arguments: ["--ca-validity=36s", "--certificate-validity=12s", "--ca-settling-time=1s"])
            try await withDeployedWebhook(manifest) { webhook in
                try await eventually("a forbidden request in the log", log: webhook.logs) {
                    webhook.replicas[0].log.contains("forbidden")
                }
            }
        }

        private static let features = [
            "--set", "flags.namespace-roles=true,flags.watch-config-map=true,flags.scan-interval=2s",
        ]

        @Test func `The chart grants the permissions that enabled features need`() async throws {
            let manifest = try await Chart.render(Self.features)
            try await withDeployedWebhook(manifest) { webhook in
                try await webhook.waitUntilReady()
                try await makePods(on: webhook) { namespace in
                    let events = try await webhook.controlPlane.get("events", namespace: namespace)["items"].elements
                    // The Event of the first pod is patched to count the others.
                    return events.contains { $0["reason"].string == "MalformedRole" && $0["count"].integer ?? 1 > 1 }
                }
                try await eventually("a completed scan", log: webhook.logs) {
                    let url = "http://127.0.0.1:\(webhook.replicas[0].metricsPort)/metrics"
                    let text = try await Command("curl", ["-sS", "--fail", "--max-time", "30", url]).runText()
                    let metrics = try await ScrapedMetrics(parsing: text)
                    return metrics.value("pod_identity_webhook_scans_total", ["result": "completed"]) ?? 0 > 0
                }
                #expect(!webhook.replicas[0].log.contains("forbidden"), "\(webhook.logs())")
            }
        }

        @Test(arguments: [
            ("namespaces", "list"), ("namespaces", "watch"), ("configmaps", "list"), ("configmaps", "watch"),
            ("pods", "list"), ("events", "create"), ("events", "patch"),
        ])
        func `The webhook logs a forbidden request if a verb is missing from a feature's RBAC rules`(
            resource: String,
            verb: String
        ) async throws {
            var manifest = try await Chart.render(Self.features)
            manifest.revoke(verb, of: resource)
            try await withDeployedWebhook(manifest) { webhook in
                try await makePods(on: webhook) { _ in webhook.replicas[0].log.contains("forbidden") }
            }
        }

        /// Creates pods with a malformed role until a condition is met.
        private func makePods(on webhook: DeployedWebhook, until isOver: (String) async throws -> Bool) async throws {
            let namespace = try await webhook.controlPlane.makeNamespace("features")
            let account = """
                apiVersion: v1
                kind: ServiceAccount
                metadata:
                  name: wrong
                  annotations: {eks.amazonaws.com/role-arn: "arn:aws:iam::1:role/wrong"}
                """
            _ = try await webhook.controlPlane.create(account, namespace: namespace)
            var count = 0
            try await eventually("the effect of pods with a malformed role", every: .seconds(1), log: webhook.logs) {
                count += 1
                let pod = Manifest.pod("wrong-\(count)", serviceAccount: "wrong")
                _ = try await webhook.controlPlane.create(pod, namespace: namespace)
                return try await isOver(namespace)
            }
        }

        private static let name = DeployedWebhook.namespace

        /// Installs the webhook, runs `body`, and removes what would disturb other tests.
        private func withDeployedWebhook(
            _ manifest: InstallManifest? = nil,
            replicas: Int = 1,
            _ body: (DeployedWebhook) async throws -> Void
        ) async throws {
            let controlPlane = try await ControlPlane.shared()
            let webhook = try await DeployedWebhook.install(manifest, on: controlPlane, replicas: replicas)
            do {
                if manifest == nil { try await webhook.waitUntilReady() }
                try await body(webhook)
            } catch {
                try await uninstall(webhook)
                throw error
            }
            try await uninstall(webhook)
        }

        private func uninstall(_ webhook: DeployedWebhook) async throws {
            try await webhook.stop()
            for object in ["mutatingwebhookconfiguration", "deployment", "secret"] {
                try await webhook.controlPlane.kubectl([
                    "delete", object, Self.name, "-n", Self.name, "--ignore-not-found",
                ])
            }
        }
    }
}
