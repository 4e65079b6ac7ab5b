import Foundation
import Kubernetes
import TestPrograms
import TestSupport
import Testing

extension EndToEnd {
    /// The program as a replacement for the EKS webhook, with only the arguments and rights of that webhook's
    /// manifests.
    @Suite(.serialized) struct EKSManifestTests {
        @Test func `The webhook works with cert-manager's files and only the permissions for ServiceAccounts`()
            async throws
        {
            try await withAccount(ofCluster: ["get", "watch", "list"]) { controlPlane, namespace, kubeconfig in
                let certificate = try await CertificateFolder.make(["127.0.0.1"])
                let webhook = try WebhookProcess(
                    ["--kubeconfig=\(kubeconfig)"] + Self.arguments(namespace),
                    certificate: certificate
                )
                try await webhook.waitUntilReady()
                let registration = """
                    apiVersion: admissionregistration.k8s.io/v1
                    kind: MutatingWebhookConfiguration
                    metadata: {name: \(namespace)}
                    webhooks:
                    - name: pod-identity-webhook.amazonaws.com
                      clientConfig: {url: "https://127.0.0.1:\(webhook.port)/mutate", caBundle: \(try certificate.caBundle())}
                      rules: [{operations: [CREATE], apiGroups: [""], apiVersions: [v1], resources: [pods]}]
                      namespaceSelector: {matchLabels: {test: \(namespace)}}
                      sideEffects: None
                      admissionReviewVersions: [v1beta1]
                    """
                try await controlPlane.apply(registration)
                try await controlPlane.create(Manifest.serviceAccount("app", role: "app"), namespace: namespace)
                try await eventually("the pod's role", log: webhook.logTail) {
                    let pod = try await controlPlane.create(
                        Manifest.pod(serviceAccount: "app"),
                        namespace: namespace,
                        dryRun: true
                    )
                    return Identity.all(in: pod).allSatisfy { $0?.role == Installation.roleARN("app") }
                }
                try await controlPlane.kubectl(["delete", "mutatingwebhookconfiguration", namespace])
                await webhook.stop()
            }
        }

        /// The EKS manifest with `--in-cluster` has the cluster sign the certificate, and writes no registration.
        @Test func `The webhook names each permission for --in-cluster that the manifest does not grant`() async throws
        {
            try await withAccount(ofCluster: ["get"]) { controlPlane, namespace, kubeconfig in
                let webhook = try WebhookProcess(
                    ["--kubeconfig=\(kubeconfig)", "--in-cluster", "--tls-secret=iam-for-pods"]
                        + Self.arguments(namespace),
                    certificate: nil
                )
                for resource in ["serviceaccounts", "secrets", "mutatingwebhookconfigurations"] {
                    // The API server's message, in which the log format may escape the quotes.
                    try await eventually("the missing permission for \(resource)", log: webhook.logTail) {
                        webhook.log.split(separator: "\n").contains { line in
                            line.contains("forbidden") && line.contains("resource") && line.contains(resource)
                        }
                    }
                }
                try await eventually("the reasons why it is not ready", log: webhook.logTail) {
                    let readiness = try await webhook.readiness()
                    return readiness.status == 503
                        && readiness.body.contains(#"cannot list resource "serviceaccounts""#)
                        && readiness.body.contains(#"cannot get resource "mutatingwebhookconfigurations""#)
                }
                await webhook.stop()
            }
        }

        private static func arguments(_ namespace: String) -> [String] {
            [
                "--namespace=\(namespace)", "--service-name=iam-for-pods", "--annotation-prefix=eks.amazonaws.com",
                "--token-audience=sts.amazonaws.com", "--logtostderr",
            ]
        }

        /// Creates a ServiceAccount with the rights in the EKS webhook's own manifest, and a namespace for it.
        /// - Parameter verbs: The verbs for ServiceAccounts, which differ between versions of the manifest.
        private func withAccount(
            ofCluster verbs: [String],
            _ body: (ControlPlane, _ namespace: String, _ kubeconfig: String) async throws -> Void
        ) async throws {
            let controlPlane = try await ControlPlane.shared()
            let namespace = try await controlPlane.makeNamespace("eks")
            let subjects = "subjects: [{kind: ServiceAccount, name: iam-for-pods, namespace: \(namespace)}]"
            try await controlPlane.apply(
                """
                apiVersion: v1
                kind: ServiceAccount
                metadata: {name: iam-for-pods}
                ---
                apiVersion: rbac.authorization.k8s.io/v1
                kind: Role
                metadata: {name: iam-for-pods}
                rules:
                - {apiGroups: [""], resources: [secrets], verbs: [create]}
                - {apiGroups: [""], resources: [secrets], verbs: [get, update, patch], resourceNames: [iam-for-pods]}
                ---
                apiVersion: rbac.authorization.k8s.io/v1
                kind: RoleBinding
                metadata: {name: iam-for-pods}
                roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: iam-for-pods}
                \(subjects)
                ---
                apiVersion: rbac.authorization.k8s.io/v1
                kind: ClusterRole
                metadata: {name: \(namespace)}
                rules:
                - {apiGroups: [""], resources: [serviceaccounts], verbs: [\(verbs.joined(separator: ", "))]}
                ---
                apiVersion: rbac.authorization.k8s.io/v1
                kind: ClusterRoleBinding
                metadata: {name: \(namespace)}
                roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: \(namespace)}
                \(subjects)
                """,
                namespace: namespace
            )
            let kubeconfig = try await controlPlane.kubeconfig(serviceAccount: "iam-for-pods", namespace: namespace)
            let user = "system:serviceaccount:\(namespace):iam-for-pods"
            try await eventually("the rules for \(user)", log: controlPlane.logTails) {
                try await controlPlane.may(user, Access("get", "serviceaccounts"))
            }
            try await body(controlPlane, namespace, kubeconfig)
            for object in ["clusterrole", "clusterrolebinding"] {
                try await controlPlane.kubectl(["delete", object, namespace])
            }
            try await controlPlane.kubectl(["delete", "namespace", namespace, "--wait=false"])
        }
    }
}
