import Foundation
import Kubernetes
import TestPrograms
import TestSupport
import Testing

extension EndToEnd {
    /// The outcome for a pod, as seen from outside.
    @Suite struct OutcomeTests {
        private static let mountPath = Identity.mountPath

        @Test func `A pod's annotation shows its role, and the audit log shows the reason`() async throws {
            try await Installation.with(.service) { installation in
                try await installation.createServiceAccount("reports", role: "reports")
                try await installation.createServiceAccount("plain", role: nil)
                let pod = try await installation.create(Manifest.pod(serviceAccount: "reports"))
                let role = Installation.roleARN("reports")
                #expect(pod["metadata"]["annotations"]["eks.amazonaws.com/role-arn"].string == role)
                let description = try await installation.controlPlane.kubectl([
                    "describe", "pod", "example", "-n", installation.namespace,
                ])
                #expect(description.contains("eks.amazonaws.com/role-arn: \(role)"))
                _ = try await installation.create(Manifest.pod("plain", serviceAccount: "plain"))

                let prefix = "pod-identity-webhook.amazonaws.com"
                let events = try installation.controlPlane.auditAnnotationsOfPods(in: installation.namespace)
                    .filter { $0["\(prefix)/reason"] != .null }
                let injected = try #require(events.first { $0["\(prefix)/role"].string == role })
                #expect(injected["\(prefix)/outcome"].string == "mutated")
                #expect(injected["\(prefix)/reason"].string == "injected")
                #expect(injected["\(prefix)/method"].string == "sts_web_identity")
                let last = try #require(events.last)
                #expect(last["\(prefix)/outcome"].string == "unchanged")
                #expect(last["\(prefix)/reason"].string == "no_role")
                #expect(last["\(prefix)/role"] == .null)
            }
        }

        @Test func `A client that writes an incorrect ServiceAccount gets warnings, and it is stored unchanged`()
            async throws
        {
            try await Installation.with(.service) { installation in
                let manifest = """
                    apiVersion: v1
                    kind: ServiceAccount
                    metadata:
                      name: wrong
                      annotations:
                        eks.amazonaws.com/role-arn: arn:aws:iam::1111:role/bad
                        eks.amazonaws.com/token-expiration: "60"
                        eks.amazonaws.com/sts-regional-endpoints: "yes"
                        eks.amazonaws.com/rolearn: arn:aws:iam::111122223333:role/typo
                    """
                let created = try await installation.controlPlane.kubectlWithWarnings(
                    ["create", "-n", installation.namespace, "-o", "json", "-f", "-"],
                    input: manifest
                )
                #expect(created.warnings.count == 4)
                for key in ["role-arn", "token-expiration", "sts-regional-endpoints", "rolearn"] {
                    #expect(
                        created.warnings.contains { $0.contains("eks.amazonaws.com/\(key)") },
                        "\(created.warnings)"
                    )
                }
                let stored = try APIObject(json: created.text)["metadata"]["annotations"]
                #expect(stored["eks.amazonaws.com/role-arn"].string == "arn:aws:iam::1111:role/bad")
                let updated = try await installation.controlPlane.kubectlWithWarnings([
                    "annotate", "serviceaccount", "wrong", "-n", installation.namespace, "--overwrite",
                    "eks.amazonaws.com/role-arn=\(Installation.roleARN("good"))", "eks.amazonaws.com/rolearn-",
                ])
                #expect(updated.warnings.count == 2)
            }
        }

        @Test func `A Deployment's pods without a usable identity cause an Event for their ServiceAccount`()
            async throws
        {
            try await Installation.with(.service) { installation in
                let controlPlane = installation.controlPlane
                for account in ["hidden", "dry"] { try await installation.createServiceAccount(account, role: account) }
                _ = try await installation.create(Self.conflicted("dry", account: "dry"), dryRun: true)
                try await controlPlane.apply(Self.deployment("hidden", replicas: 3), namespace: installation.namespace)
                let event = try await eventually("an Event that counts three pods", log: installation.logs) {
                    let events = try await controlPlane.get("events", namespace: installation.namespace)["items"]
                        .elements
                    return events.first {
                        $0["involvedObject"]["name"].string == "hidden" && $0["reason"].string == "MountConflict"
                            && $0["count"].integer == 3
                    }
                }
                #expect(event["type"].string == "Warning")
                let message = try #require(event["message"].string)
                #expect(message.contains("mounts another volume where the token belongs"))
                #expect(!message.contains("hidden"), "an Event contains no text from the pod")
                let description = try await controlPlane.kubectl([
                    "describe", "serviceaccount", "hidden", "-n", installation.namespace,
                ])
                #expect(description.contains("MountConflict"))
                let all = try await controlPlane.get("events", namespace: installation.namespace)["items"].elements
                #expect(!all.contains { $0["involvedObject"]["name"].string == "dry" }, "a dry run writes nothing")
            }
        }

        @Test func `A ServiceAccount gets Events even if it cannot be read`() async throws {
            try await Installation.with(.url, as: .watcher) { installation in
                let controlPlane = installation.controlPlane
                try await installation.createServiceAccount("hidden", role: "hidden")
                _ = try await installation.dryRun(Manifest.pod(serviceAccount: "hidden"), untilRole: "hidden")
                _ = try await installation.create(Self.conflicted("pod", account: "hidden"))
                let event = try await eventually("an Event about the account", log: installation.logs) {
                    let events = try await controlPlane.get("events", namespace: installation.namespace)["items"]
                    return events.elements.first { $0["involvedObject"]["name"].string == "hidden" }
                }
                #expect(event["reason"].string == "MountConflict" && event["involvedObject"]["uid"] == .null)
            }
        }

        private static func conflicted(_ name: String, account: String) -> String {
            """
            apiVersion: v1
            kind: Pod
            metadata: {name: \(name)}
            spec: \(spec(account))
            """
        }

        private static func deployment(_ name: String, replicas: Int) -> String {
            """
            apiVersion: apps/v1
            kind: Deployment
            metadata: {name: \(name)}
            spec:
              replicas: \(replicas)
              selector: {matchLabels: {app: \(name)}}
              template:
                metadata: {labels: {app: \(name)}}
                spec: \(spec(name))
            """
        }

        private static func spec(_ account: String) -> String {
            """
            {serviceAccountName: \(account), automountServiceAccountToken: false, volumes: [{name: own, emptyDir: {}}],
             containers: [{name: main, image: example, volumeMounts: [{name: own, mountPath: \(mountPath)}]}]}
            """.split(separator: "\n").joined(separator: " ")
        }

        @Test func `A namespace's role applies to its ServiceAccounts without one, from its first pod on`()
            async throws
        {
            try await ControlPlane.shared().apply(Manifest.namespaceReader)
            try await Installation.with(.service, flags: ["--namespace-roles"]) { installation in
                let controlPlane = installation.controlPlane
                let annotation = "eks.amazonaws.com/role-arn=\(Installation.roleARN("team"))"
                try await controlPlane.kubectl(["annotate", "namespace", installation.namespace, annotation])
                try await installation.createServiceAccount("plain", role: nil)
                try await installation.createServiceAccount("own", role: "own")
                _ = try await installation.dryRun(Manifest.pod(serviceAccount: "plain"), untilRole: "team")
                _ = try await installation.dryRun(Manifest.pod(serviceAccount: "own"), untilRole: "own")

                // A namespace that the watch may not have delivered yet.
                let fresh = "\(installation.namespace)-fresh"
                let pod = try await controlPlane.kubectl(
                    ["create", "-o", "json", "-f", "-"],
                    input: try InstallManifest.restricted(
                        """
                        apiVersion: v1
                        kind: Namespace
                        metadata: {name: \(fresh), annotations: {"\(annotation.replacing("=", with: "\": \""))"}}
                        ---
                        apiVersion: v1
                        kind: ServiceAccount
                        metadata: {name: worker, namespace: \(fresh)}
                        ---
                        apiVersion: v1
                        kind: Pod
                        metadata: {name: first, namespace: \(fresh)}
                        spec:
                          serviceAccountName: worker
                          automountServiceAccountToken: false
                          containers: [{name: main, image: example}]
                        """
                    )
                )
                #expect(pod.contains(Installation.roleARN("team")))
                let first = try await controlPlane.get("pod", "first", namespace: fresh)
                #expect(Identity.all(in: first) == [.expected(role: "team")])
                try await controlPlane.kubectl(["delete", "namespace", fresh, "--wait=false"])
            }
            try await ControlPlane.shared().kubectl([
                "delete", "clusterrole,clusterrolebinding", "pod-identity-webhook-namespaces",
            ])
        }
    }
}
