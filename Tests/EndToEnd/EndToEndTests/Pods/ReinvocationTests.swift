import Foundation
import JSON
import Kubernetes
import KubernetesObjects
import TestPrograms
import TestSupport
import Testing

extension EndToEnd {
    /// Another webhook of the cluster, which gives each pod a container of its own.
    @Suite struct ReinvocationTests {
        /// Labels pods that have no such label.
        private static let labeler = webhook(
            """
            metadata = request["object"]["metadata"]
            if "labelled" not in metadata.get("labels", {}):
                patch = [{"op": "add", "path": "/metadata/labels", "value": {**metadata.get("labels", {}), "labelled": "yes"}}]
            """
        )

        /// Adds the container `injected` to pods that have none.
        private static let injector = webhook(
            """
            containers = request["object"]["spec"]["containers"]
            if all(container["name"] != "injected" for container in containers):
                patch = [{"op": "add", "path": "/spec/containers/-", "value": {"name": "injected", "image": "x"}}]
            """
        )

        /// A webhook in Python; HTTPS on the port given.
        ///
        /// - Parameter code: sets `patch` for a `request`.
        private static func webhook(_ code: String) -> String {
            """
            import base64, http.server, json, ssl, sys
            class Webhook(http.server.BaseHTTPRequestHandler):
                protocol_version = "HTTP/1.1"
                def do_POST(self):
                    review = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                    request = review["request"]
                    response = {"uid": request["uid"], "allowed": True}
                    patch = None
                    \(code.replacing("\n", with: "\n        "))
                    if patch:
                        response["patchType"] = "JSONPatch"
                        response["patch"] = base64.b64encode(json.dumps(patch).encode()).decode()
                    answer = {"apiVersion": review["apiVersion"], "kind": "AdmissionReview", "response": response}
                    body = json.dumps(answer).encode()
                    self.send_response(200)
                    self.send_header("Content-Type", "application/json")
                    self.send_header("Content-Length", str(len(body)))
                    self.end_headers()
                    self.wfile.write(body)
            server = http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Webhook)
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(sys.argv[2], sys.argv[3])
            server.socket = context.wrap_socket(server.socket, server_side=True)
            server.serve_forever()
            """
        }

        /// A webhook that only labels pods has ours asked again, about a pod that has everything.
        @Test func `The API server has nothing to say about audit annotations when it asks twice`() async throws {
            let certificate = try await CertificateFolder.make(["127.0.0.1"])
            let labeler = try LocalServer("python3") { port in
                ["-c", Self.labeler, "\(port)", certificate.certificateFile, certificate.keyFile]
            }
            try await Installation.with(.service) { installation in
                let name = "zz-labels"
                try await installation.controlPlane.apply(
                    try Self.registration(name, labeler, certificate, installation.namespace)
                )
                do {
                    try await installation.createServiceAccount("reports", role: "reports")
                    let pod = try await eventually("a labelled pod", log: installation.logs) {
                        let pod = try await installation.create(Manifest.pod(serviceAccount: "reports"), dryRun: true)
                        return pod["metadata"]["labels"]["labelled"] == .null ? nil : pod
                    }
                    #expect(Identity.all(in: pod).allSatisfy { $0 == .expected(role: "reports") })
                    // The pod was asked about twice, which is in the webhook's own numbers.
                    let numbers = try await EndToEnd.MetricsTests().scrape(installation.webhook)
                    let labels = ["outcome": "unchanged", "reason": "already_injected", "dry_run": "true"]
                    let repeated = numbers.value("pod_identity_webhook_admission_requests_total", labels)
                    #expect(repeated ?? 0 > 0)
                    let log = installation.controlPlane.apiServerLog
                    #expect(!log.contains("not allowed to be overwritten"))
                    #expect(!log.contains("Failed to set admission audit annotation"))
                } catch {
                    _ = try? await installation.controlPlane.kubectl(["delete", "mutatingwebhookconfiguration", name])
                    throw error
                }
                try await installation.controlPlane.kubectl(["delete", "mutatingwebhookconfiguration", name])
            }
            await labeler.stop()
        }

        private static func registration(
            _ name: String,
            _ server: LocalServer,
            _ certificate: CertificateFolder,
            _ namespace: String
        ) throws -> String {
            """
            apiVersion: admissionregistration.k8s.io/v1
            kind: MutatingWebhookConfiguration
            metadata: {name: \(name)}
            webhooks:
            - name: other.example.com
              clientConfig:
                url: \(server.url.replacing("http:", with: "https:"))/mutate
                caBundle: \(try certificate.caBundle())
              rules: [{operations: [CREATE], apiGroups: [""], apiVersions: [v1], resources: [pods]}]
              namespaceSelector: {matchLabels: {test: \(namespace)}}
              sideEffects: None
              admissionReviewVersions: [v1]
              failurePolicy: Fail
            """
        }

        @Test(arguments: ["aa-before", "zz-after"])
        func `A container that another webhook adds gets the role too, whichever is asked first`(
            name: String
        ) async throws {
            let certificate = try await CertificateFolder.make(["127.0.0.1"])
            let injector = try LocalServer("python3") { port in
                ["-c", Self.injector, "\(port)", certificate.certificateFile, certificate.keyFile]
            }
            try await Installation.with(.service) { installation in
                try await installation.controlPlane.apply(
                    try Self.registration(name, injector, certificate, installation.namespace)
                )
                do {
                    try await installation.createServiceAccount("reports", role: "reports")
                    let pod = try await eventually("a pod with a sidecar", log: installation.logs) {
                        let pod = try await installation.create(Manifest.pod(serviceAccount: "reports"), dryRun: true)
                        return pod["spec"]["containers"].named("injected") == .null ? nil : pod
                    }
                    // Init container, two of its own, and the sidecar; and nothing twice.
                    #expect(Identity.all(in: pod) == Array(repeating: .expected(role: "reports"), count: 4))
                    #expect(pod["spec"]["volumes"].elements.count == 1)
                    let names = pod["spec"]["containers"][0]["env"].elements.compactMap { $0["name"].string }
                    #expect(names == ["GREETING", "AWS_ROLE_ARN", "AWS_WEB_IDENTITY_TOKEN_FILE"])
                } catch {
                    _ = try? await installation.controlPlane.kubectl(["delete", "mutatingwebhookconfiguration", name])
                    throw error
                }
                try await installation.controlPlane.kubectl(["delete", "mutatingwebhookconfiguration", name])
            }
            await injector.stop()
        }
    }
}
