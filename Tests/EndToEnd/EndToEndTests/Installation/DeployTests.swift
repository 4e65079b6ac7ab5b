import Foundation
import TestPrograms
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
            // Where Kubernetes enforces Pod Security, pods that violate the namespace's level are not created.
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
            // Before Kubernetes 1.24, the pod has to wait for the ServiceAccount's token.
            try await eventually("the example pod", log: controlPlane.logTails) {
                try await controlPlane.kubectl(["create", "--dry-run=server", "-f", Deploy.path("examples/pod.yaml")])
                    .contains("reports")
            }
            try await controlPlane.kubectl(["delete", "-f", Deploy.path("examples/service-accounts.yaml")])
        }

        @Test(arguments: ["google", "azure", "several-identities"])
        func `kubectl applies an example of a ServiceAccount and its pod`(name: String) async throws {
            let controlPlane = try await ControlPlane.shared()
            let file = Deploy.path("examples/\(name).yaml")
            try await eventually("the example", log: controlPlane.logTails) {
                let output = try? await controlPlane.kubectl(["apply", "-f", file])
                return output?.contains("pod/") ?? false
            }
            try await controlPlane.kubectl(["delete", "-f", file, "--grace-period=0"])
        }

        /// The API server under test may be too old to know a field, or may have dropped it.
        @Test(arguments: [
            "pod-identity-webhook", "examples/pod", "examples/service-accounts", "examples/google", "examples/azure",
            "examples/several-identities", "optional/doctor", "optional/credential-files",
        ])
        func `A manifest is valid in a current Kubernetes version`(name: String) async throws {
            try await Command("kubernetes-validate", ["--strict", "--quiet", Deploy.path("\(name).yaml")]).runText()
        }

        @Test func `The webhook's ServiceAccount has exactly the cluster-wide permissions that it needs`() async throws
        {
            let allowed = [
                Access("get", "serviceaccounts"), Access("list", "serviceaccounts"), Access("watch", "serviceaccounts"),
                Access("create", "events"), Access("patch", "events"),
            ]
            let denied =
                ["create", "update", "patch", "delete", "impersonate"].map { Access($0, "serviceaccounts") }
                + ["get", "list", "watch", "create", "update", "patch", "delete"].flatMap { verb in
                    ["secrets", "configmaps", "namespaces", "pods", "pods/exec", "nodes"].map { Access(verb, $0) }
                        + [Access(verb, "mutatingwebhookconfigurations", group: "admissionregistration.k8s.io")]
                }
                + [
                    Access("create", "serviceaccounts/token"), Access("get", "events"), Access("list", "events"),
                    Access("delete", "events"), Access("create", "clusterroles", group: "rbac.authorization.k8s.io"),
                    Access("*", "*", group: "*"),
                ]
            try await expect(allowed, butNot: denied, in: nil)
        }

        @Test func `The webhook's ServiceAccount can manage only its own Secret and its own registration`()
            async throws
        {
            func secret(_ verb: String, _ name: String) -> Access { Access(verb, "secrets", named: name) }
            func registration(_ verb: String, _ name: String, of kind: String = "mutating") -> Access {
                Access(verb, "\(kind)webhookconfigurations", group: "admissionregistration.k8s.io", named: name)
            }
            let own = Installation.systemNamespace
            let verbs = ["get", "list", "watch", "patch"]
            let registrations = verbs.map { registration($0, own) }
            let secrets = verbs.map { secret($0, own) } + [Access("create", "secrets")]
            let denied =
                ["update", "delete"].flatMap { [secret($0, own), registration($0, own)] }
                + verbs.flatMap { [secret($0, "other"), Access($0, "secrets"), registration($0, "other")] }
                + [
                    registration("patch", own, of: "validating"), registration("create", own),
                    Access("get", "configmaps", named: own), Access("create", "configmaps"),
                    Access("create", "roles", group: "rbac.authorization.k8s.io"),
                    Access("patch", "deployments", group: "apps", named: own),
                    Access("create", "serviceaccounts/token", named: own),
                ]
            try await expect(secrets + registrations, butNot: denied, in: own)
            try await expect(registrations, butNot: denied + secrets, in: "default")
        }

        private func expect(_ allowed: [Access], butNot denied: [Access], in namespace: String?) async throws {
            let controlPlane = try await ControlPlane.shared()
            try await Deploy.apply(Deploy.account, to: controlPlane)
            // RBAC rules take effect after a moment.
            try await eventually("the granted permissions", log: controlPlane.logTails) {
                let answers = try await controlPlane.may(Deploy.user, allowed, in: namespace)
                return answers == Array(repeating: true, count: allowed.count)
            }
            let answers = try await controlPlane.may(Deploy.user, denied, in: namespace)
            #expect(answers.count == denied.count)
            for (access, answer) in zip(denied, answers) { #expect(!answer, "\(access)") }
        }
    }
}
