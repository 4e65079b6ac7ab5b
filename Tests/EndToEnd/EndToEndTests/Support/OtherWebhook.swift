import TestPrograms
import TestSupport

/// Another mutating webhook in the cluster, in Python, that the API server calls for pods in an installation's
/// namespace.
struct OtherWebhook {
    /// Python code that sets `patch` for a `request`.
    private let code: String

    /// Labels pods that do not have the label.
    static let labeler = OtherWebhook(
        code: """
            metadata = request["object"]["metadata"]
            if "labelled" not in metadata.get("labels", {}):
                patch = [{"op": "add", "path": "/metadata/labels", "value": {**metadata.get("labels", {}), "labelled": "yes"}}]
            """
    )

    /// Adds the container `injected` to pods that have none.
    static let injector = OtherWebhook(
        code: """
            containers = request["object"]["spec"]["containers"]
            if all(container["name"] != "injected" for container in containers):
                patch = [{"op": "add", "path": "/spec/containers/-", "value": {"name": "injected", "image": "x"}}]
            """
    )

    /// Registers the webhook, runs `body`, and removes the webhook again.
    /// - Parameter name: The name of the registration. The API server calls webhooks in the order of these names.
    func with(name: String, beside installation: Installation, _ body: () async throws -> Void) async throws {
        let certificate = try await CertificateFolder.make(["127.0.0.1"])
        let server = try LocalServer("python3") { port in
            ["-c", script, "\(port)", certificate.certificateFile, certificate.keyFile]
        }
        let controlPlane = installation.controlPlane
        try await controlPlane.apply(registration(name, server, certificate, installation.namespace))
        do {
            try await body()
        } catch {
            _ = try? await controlPlane.kubectl(["delete", "mutatingwebhookconfiguration", name])
            throw error
        }
        try await controlPlane.kubectl(["delete", "mutatingwebhookconfiguration", name])
        await server.stop()
    }

    /// Serves HTTPS on the port in its arguments.
    private var script: String {
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

    private func registration(
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
}
