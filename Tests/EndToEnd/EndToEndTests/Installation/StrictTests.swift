import Kubernetes
import KubernetesObjects
import TestPrograms
import TestSupport
import Testing

extension EndToEnd {
    @Suite(.serialized) struct StrictTests {
        /// The webhook may read ServiceAccounts, but not the ConfigMap that may give them roles.
        @Test func `Strict mode refuses only pods whose role cannot be determined`() async throws {
            let controlPlane = try await ControlPlane.shared()
            try await Deploy.apply(Deploy.account, to: controlPlane)
            let namespace = try await controlPlane.makeNamespace("strict")
            let certificate = try await CertificateFolder.make(["127.0.0.1"])
            let kubeconfig = try await controlPlane.kubeconfig(
                serviceAccount: "pod-identity-webhook",
                namespace: Installation.systemNamespace
            )
            let webhook = try WebhookProcess(
                ["--kubeconfig=\(kubeconfig)", "--watch-config-map", "--namespace=\(namespace)"],
                certificate: certificate
            )
            try await eventually("the ServiceAccounts", log: webhook.logTail) {
                try await webhook.readiness().body.contains("[+]service-accounts ok")
            }
            try await controlPlane.apply(Self.registration(webhook, try certificate.caBundle(), namespace))
            try await controlPlane.create(Manifest.serviceAccount("plain", role: nil), namespace: namespace)
            try await controlPlane.create(Manifest.serviceAccount("app", role: "app"), namespace: namespace)

            try await eventually("the pod to be refused", log: webhook.logTail) {
                let refused = await #expect(throws: (any Error).self) {
                    try await controlPlane.create(Manifest.pod(serviceAccount: "plain"), namespace: namespace)
                }
                let text = refused.map { "\($0)" } ?? ""
                return text.contains("denied the request: no identity is given")
                    && text.contains("could not be read in time")
            }
            let pod = try await controlPlane.create(Manifest.pod(serviceAccount: "app"), namespace: namespace)
            #expect(Identity.all(in: pod).allSatisfy { $0 == .expected(role: "app") })

            try await controlPlane.kubectl(["delete", "mutatingwebhookconfiguration", namespace])
            try await controlPlane.kubectl(["delete", "namespace", namespace, "--wait=false"])
            await webhook.stop()
        }

        private static func registration(_ webhook: WebhookProcess, _ bundle: String, _ namespace: String) -> String {
            """
            apiVersion: admissionregistration.k8s.io/v1
            kind: MutatingWebhookConfiguration
            metadata: {name: \(namespace)}
            webhooks:
            - name: pods.strict.pod-identity-webhook.amazonaws.com
              clientConfig: {url: "https://127.0.0.1:\(webhook.port)/mutate/strict", caBundle: \(bundle)}
              rules: [{operations: [CREATE], apiGroups: [""], apiVersions: [v1], resources: [pods]}]
              namespaceSelector: {matchLabels: {test: \(namespace)}}
              sideEffects: None
              admissionReviewVersions: [v1]
              failurePolicy: Fail
            """
        }
    }
}
