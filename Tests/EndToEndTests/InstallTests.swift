import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// `kubectl apply -f deploy/pod-identity-webhook.yaml`, and nothing else.
    @Suite struct InstallTests {
        @Test func `The manifest alone is enough for pods to get their roles`() async throws {
            try await withDeployedWebhook(replicas: 2) { webhook in
                let controlPlane = webhook.controlPlane
                let secret = try await controlPlane.get("secret", Self.name, namespace: Self.name)
                #expect(secret["type"].string == "kubernetes.io/tls")
                let webhooks = try await controlPlane.get("mutatingwebhookconfiguration", Self.name)["webhooks"]
                    .elements
                let bundles = webhooks.map { $0["clientConfig"]["caBundle"].string ?? "" }
                #expect(bundles.count == 2)
                #expect(Set(bundles).count == 1)
                #expect(!bundles[0].isEmpty)

                let namespace = try await controlPlane.makeNamespace("install")
                try await controlPlane.create(Manifest.serviceAccount("reports", role: "reports"), namespace: namespace)
                // The API server learns of a registration a moment after it was written.
                try await eventually("the pod's role", log: webhook.logs) {
                    let pod = Manifest.pod(serviceAccount: "reports")
                    let created = try await controlPlane.create(pod, namespace: namespace, dryRun: true)
                    return Identity.all(in: created) == Array(repeating: .expected(role: "reports"), count: 3)
                }
                let own = try await controlPlane.create(
                    Manifest.pod(serviceAccount: Self.name),
                    namespace: Self.name,
                    dryRun: true
                )
                #expect(Identity.all(in: own) == [nil, nil, nil])
            }
        }

        /// What a verb is for is done within seconds by a webhook whose certificates do not live longer.
        @Test(arguments: [
            ("serviceaccounts", "list"), ("serviceaccounts", "watch"),
            ("secrets", "list"), ("secrets", "watch"), ("secrets", "patch"),
            ("mutatingwebhookconfigurations", "list"), ("mutatingwebhookconfigurations", "watch"),
        ])
        func `Without a verb of its RBAC rules the webhook is forbidden something, and says so`(
            resource: String,
            verb: String
        ) async throws {
            var manifest = try InstallManifest.ofRepository()
            manifest.revoke(verb, of: resource)
            manifest.add(arguments: ["--ca-validity=36s", "--certificate-validity=12s", "--ca-settling-time=1s"])
            try await withDeployedWebhook(manifest) { webhook in
                try await eventually("the refusal", log: webhook.logs) {
                    webhook.replicas[0].log.contains("forbidden")
                }
            }
        }

        private static let name = DeployedWebhook.namespace

        /// Installs, runs `body`, and takes away what would be in others' way.
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
