import Foundation
import TestNetwork
import TestPrograms
import TestSupport

/// A validating webhook that denies pods as policies do. It runs until the last reference to it is released.
struct PolicyServer {
    enum Policy: String {
        /// Denies pods with a projected token.
        case tokens
        /// Denies pods that choose their users and groups, as OpenShift's restricted security context constraints do.
        case users
    }

    static let words = "tokens of other audiences are not allowed here"
    private static let script = """
        import http.server, json, ssl, sys
        class Policy(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                review = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                request = review["request"]
                spec = request["object"]["spec"]
                sources = [source for volume in spec.get("volumes", [])
                           for source in volume.get("projected", {}).get("sources", [])]
                contexts = [part.get("securityContext") or {} for part in [spec, *spec["containers"]]]
                found = {
                    "tokens": any("serviceAccountToken" in source for source in sources),
                    "users": any({"runAsUser", "runAsGroup", "fsGroup"} & context.keys() for context in contexts),
                }
                allowed = not found[sys.argv[5]]
                review["response"] = {"uid": request["uid"], "allowed": allowed, "status": {"message": sys.argv[4]}}
                body = json.dumps(review).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(sys.argv[2], sys.argv[3])
        server = http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Policy)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        print("ready", flush=True)
        server.serve_forever()
        """

    private let port: Int
    private let authority: TestCertificates
    private let process: RunningCommand

    static func start(against policy: Policy = .tokens) async throws -> PolicyServer {
        let authority = try TestCertificates()
        let identity = try authority.issue(dnsNames: [], ipAddresses: ["127.0.0.1"])
        let port = try freePort()
        let files = [identity.certificatePath, identity.keyPath]
        let process = try Command("python3", ["-c", script, "\(port)"] + files + [words, policy.rawValue])
            .start()
        try await process.waitForOutput(containing: "ready")
        return PolicyServer(port: port, authority: authority, process: process)
    }

    /// The registration of the policy for pods in a namespace.
    /// - Parameter sideEffects: `Some` is valid only in the first version of the API.
    func registration(_ name: String, namespace: String, sideEffects: String = "None") -> String {
        """
        apiVersion: admissionregistration.k8s.io/\(sideEffects == "None" ? "v1" : "v1beta1")
        kind: ValidatingWebhookConfiguration
        metadata: {name: \(name)}
        webhooks:
        - name: policies.example.com
          clientConfig:
            url: https://127.0.0.1:\(port)/
            caBundle: \(Data(authority.root.certificate).base64EncodedString())
          rules: [{operations: [CREATE], apiGroups: [""], apiVersions: [v1], resources: [pods]}]
          namespaceSelector: {matchLabels: {test: \(namespace)}}
          sideEffects: \(sideEffects)
          admissionReviewVersions: [v1]
          failurePolicy: Fail
        """
    }
}
