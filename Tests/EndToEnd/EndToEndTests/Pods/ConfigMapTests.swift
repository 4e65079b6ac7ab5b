import AWSIdentity
import Foundation
import Kubernetes
import TestPrograms
import TestSupport
import Testing

extension EndToEnd {
    /// `--watch-config-map`.
    @Suite struct ConfigMapTests {
        @Test func `Roles follow the ConfigMap when it is created, changed, damaged and deleted`() async throws {
            try await with { installation, home in
                let pod = Manifest.pod(serviceAccount: "reports")
                try await installation.createServiceAccount("reports", role: nil)
                #expect(Identity.all(in: try await installation.create(pod, dryRun: true)) == [nil, nil, nil])

                try await write(entries("first"), in: home, of: installation)
                _ = try await installation.dryRun(pod, untilRole: "first")
                try await write(entries("second"), in: home, of: installation)
                _ = try await installation.dryRun(pod, untilRole: "second")

                try await write("{", in: home, of: installation)
                try await eventually("the damage to be reported", log: installation.logs) {
                    installation.webhook.log.contains("the configuration cannot be used; the previous one stays in use")
                }
                _ = try await installation.dryRun(pod, untilRole: "second")

                try await installation.annotate(serviceAccount: "reports", role: "own")
                _ = try await installation.dryRun(pod, untilRole: "own")
                try await installation.controlPlane.kubectl([
                    "annotate", "serviceaccount", "reports", "-n", installation.namespace,
                    "eks.amazonaws.com/role-arn-",
                ])
                _ = try await installation.dryRun(pod, untilRole: "second")

                try await installation.controlPlane.kubectl([
                    "delete", "configmap", "pod-identity-webhook", "-n", home,
                ])
                _ = try await installation.dryRun(pod, untilRole: nil)
            }
        }

        @Test func `The webhook is not ready without permission to read the ConfigMap, and says why`() async throws {
            let controlPlane = try await ControlPlane.shared()
            try await Deploy.apply(Deploy.account, to: controlPlane)
            let certificate = try await CertificateFolder.make(["127.0.0.1"])
            let namespace = try await controlPlane.makeNamespace("unreadable")
            let kubeconfig = try await controlPlane.kubeconfig(
                serviceAccount: "pod-identity-webhook",
                namespace: Installation.systemNamespace
            )
            let webhook = try WebhookProcess(
                ["--kubeconfig=\(kubeconfig)", "--watch-config-map", "--namespace=\(namespace)"],
                certificate: certificate
            )
            try await eventually("the reason in /readyz", log: webhook.logTail) {
                let readiness = try await webhook.readiness()
                return readiness.status == 503 && readiness.body.contains("[+]service-accounts ok")
                    && readiness.body.contains("[-]config-map failed") && readiness.body.contains("forbidden")
            }
            try await allowReading(controlPlane, in: namespace)
            try await webhook.waitUntilReady(within: .seconds(60))
            await webhook.stop()
        }

        private func entries(_ role: String) -> String {
            #"{"*/reports": {"RoleARN": "\#(Installation.roleARN(role))"}}"#
        }

        private func write(_ config: String, in namespace: String, of installation: Installation) async throws {
            try await installation.controlPlane.apply(
                """
                apiVersion: v1
                kind: ConfigMap
                metadata: {name: pod-identity-webhook}
                data:
                  config: '\(config)'
                """,
                namespace: namespace
            )
        }

        /// Passes on the namespace of the ConfigMap.
        private func with(_ body: (Installation, _ home: String) async throws -> Void) async throws {
            let controlPlane = try await ControlPlane.shared()
            let home = try await controlPlane.makeNamespace("config")
            try await allowReading(controlPlane, in: home)
            try await Installation.with(flags: ["--watch-config-map", "--namespace=\(home)"]) { installation in
                try await body(installation, home)
            }
        }

        private func allowReading(_ controlPlane: ControlPlane, in namespace: String) async throws {
            try await controlPlane.apply(
                """
                apiVersion: rbac.authorization.k8s.io/v1
                kind: Role
                metadata:
                  name: pod-identity-webhook
                rules:
                - apiGroups: [""]
                  resources: [configmaps]
                  resourceNames: [pod-identity-webhook]
                  verbs: [get, list, watch]
                ---
                apiVersion: rbac.authorization.k8s.io/v1
                kind: RoleBinding
                metadata:
                  name: pod-identity-webhook
                roleRef:
                  apiGroup: rbac.authorization.k8s.io
                  kind: Role
                  name: pod-identity-webhook
                subjects:
                - kind: ServiceAccount
                  name: pod-identity-webhook
                  namespace: \(Installation.systemNamespace)
                """,
                namespace: namespace
            )
        }
    }
}
