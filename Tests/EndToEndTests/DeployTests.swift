import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// The manifests that users apply.
    @Suite struct DeployTests {
        @Test func `kubectl applies the manifest, and the Deployment's pods are admitted to their namespace`()
            async throws
        {
            let controlPlane = try await ControlPlane.shared()
            let manifest = try InstallManifest.ofRepository()
            try await controlPlane.apply(manifest)
            let namespace = Installation.systemNamespace
            // Where Kubernetes enforces Pod Security, pods that offend against the namespace's profile are not made.
            try await eventually("the Deployment's two pods", log: controlPlane.logTails) {
                try await controlPlane.get(
                    "pods",
                    "-l",
                    "app.kubernetes.io/name=pod-identity-webhook",
                    namespace: namespace
                )["items"].elements.count == 2
            }
            let temporary = manifest.of(kinds: ["MutatingWebhookConfiguration", "Deployment"])
            try await controlPlane.kubectl(["delete", "-f", "-"], input: temporary.list)
        }

        @Test func `kubectl applies the examples`() async throws {
            let controlPlane = try await ControlPlane.shared()
            try await controlPlane.kubectl(["create", "namespace", "airflow"])
            try await controlPlane.kubectl(["apply", "-f", Deploy.path("examples/service-accounts.yaml")])
            // Kubernetes before 1.24 lets it wait for the ServiceAccount's token.
            try await eventually("the example pod", log: controlPlane.logTails) {
                try await controlPlane.kubectl(["create", "--dry-run=server", "-f", Deploy.path("examples/pod.yaml")])
                    .contains("reports")
            }
            try await controlPlane.kubectl(["delete", "-f", Deploy.path("examples/service-accounts.yaml")])
        }

        /// The API server under test may be too old to know a field, or so new that it has dropped one.
        @Test(arguments: ["pod-identity-webhook", "examples/pod", "examples/service-accounts", "optional/doctor"])
        func `A manifest fits the schemas of a current Kubernetes`(name: String) async throws {
            try await Command("kubernetes-validate", ["--strict", "--quiet", Deploy.path("\(name).yaml")]).runText()
        }

        @Test(arguments: [
            ("get", "serviceaccounts", true), ("list", "serviceaccounts", true), ("watch", "serviceaccounts", true),
            ("create", "events", true), ("patch", "events", true),
            ("create", "serviceaccounts", false), ("update", "serviceaccounts", false),
            ("patch", "serviceaccounts", false), ("delete", "serviceaccounts", false),
            ("create", "serviceaccounts/token", false), ("impersonate", "serviceaccounts", false),
            ("get", "events", false), ("list", "events", false), ("delete", "events", false),
            ("create", "secrets", false), ("get", "secrets", false), ("list", "secrets", false),
            ("get", "configmaps", false), ("get", "namespaces", false), ("list", "namespaces", false),
            ("get", "pods", false), ("list", "pods", false), ("create", "pods", false), ("patch", "pods", false),
            ("create", "pods/exec", false), ("get", "nodes", false),
            ("get", "mutatingwebhookconfigurations", false), ("list", "mutatingwebhookconfigurations", false),
            ("create", "mutatingwebhookconfigurations", false), ("*", "*", false),
        ])
        func `The webhook's ServiceAccount may do in all namespaces what it needs, and no more`(
            verb: String,
            resource: String,
            allowed: Bool
        ) async throws {
            let controlPlane = try await ControlPlane.shared()
            try await Deploy.apply(Deploy.account, to: controlPlane)
            #expect(try await controlPlane.may(Deploy.user, verb, resource) == allowed)
        }

        @Test(arguments: [
            ("create", "secrets", true),
            ("get", "secrets/pod-identity-webhook", true), ("list", "secrets/pod-identity-webhook", true),
            ("watch", "secrets/pod-identity-webhook", true), ("patch", "secrets/pod-identity-webhook", true),
            ("update", "secrets/pod-identity-webhook", false), ("delete", "secrets/pod-identity-webhook", false),
            ("get", "secrets", false), ("list", "secrets", false), ("watch", "secrets", false),
            ("get", "secrets/other", false), ("update", "secrets/other", false), ("patch", "secrets/other", false),
            ("get", "configmaps/pod-identity-webhook", false), ("create", "configmaps", false),
            ("create", "roles", false), ("patch", "deployments/pod-identity-webhook", false),
            ("get", "mutatingwebhookconfigurations/pod-identity-webhook", true),
            ("patch", "mutatingwebhookconfigurations/pod-identity-webhook", true),
            ("update", "mutatingwebhookconfigurations/pod-identity-webhook", false),
            ("delete", "mutatingwebhookconfigurations/pod-identity-webhook", false),
            ("get", "mutatingwebhookconfigurations/other", false),
            ("patch", "mutatingwebhookconfigurations/other", false),
            ("patch", "validatingwebhookconfigurations/pod-identity-webhook", false),
        ])
        func `In its own namespace it may keep its one Secret, and in the cluster its one registration`(
            verb: String,
            resource: String,
            allowed: Bool
        ) async throws {
            let controlPlane = try await ControlPlane.shared()
            try await Deploy.apply(Deploy.account, to: controlPlane)
            let may = try await controlPlane.may(Deploy.user, verb, resource, in: Installation.systemNamespace)
            #expect(may == allowed)
            let elsewhere = try await controlPlane.may(Deploy.user, verb, resource, in: "default")
            #expect(elsewhere == (allowed && !resource.hasPrefix("secrets")))
        }
    }
}
