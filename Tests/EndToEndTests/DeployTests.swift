import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// The manifests that users apply.
    @Suite struct DeployTests {
        @Test func `kubectl applies deploy/, and the Deployment's pods are admitted to their namespace`() async throws {
            let controlPlane = try await ControlPlane.shared()
            try await controlPlane.kubectl(["apply", "-k", Deploy.path("")])
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
            try await controlPlane.kubectl(["delete", "-f", Deploy.path("webhook.yaml")])
            try await controlPlane.kubectl(["delete", "-f", Deploy.path("deployment.yaml")])
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
        @Test(arguments: [
            "namespace", "rbac", "deployment", "service", "webhook", "examples/pod", "optional/config-map",
            "optional/own-certificates",
        ])
        func `A manifest fits the schemas of a current Kubernetes`(name: String) async throws {
            try await Command("kubernetes-validate", ["--strict", "--quiet", Deploy.path("\(name).yaml")]).runText()
        }

        @Test(arguments: [
            ("get", "serviceaccounts", true), ("list", "serviceaccounts", true), ("watch", "serviceaccounts", true),
            ("create", "serviceaccounts", false), ("update", "serviceaccounts", false),
            ("patch", "serviceaccounts", false), ("delete", "serviceaccounts", false),
            ("create", "serviceaccounts/token", false), ("impersonate", "serviceaccounts", false),
            ("get", "secrets", false), ("list", "secrets", false), ("get", "configmaps", false),
            ("get", "pods", false), ("create", "pods", false), ("get", "nodes", false), ("*", "*", false),
        ])
        func `The webhook's ServiceAccount may read ServiceAccounts, and no more`(
            verb: String,
            resource: String,
            allowed: Bool
        ) async throws {
            let controlPlane = try await ControlPlane.shared()
            try await Deploy.apply(["namespace", "rbac"], to: controlPlane)
            #expect(
                try await controlPlane.may(
                    "system:serviceaccount:\(Installation.systemNamespace):pod-identity-webhook",
                    verb,
                    resource
                )
                    == allowed
            )
        }
    }
}
