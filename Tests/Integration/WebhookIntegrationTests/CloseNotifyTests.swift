import TestPrograms
import TestSupport
import Testing

@Suite("A client that has sent close_notify", .timeLimit(.minutes(2)))
struct CloseNotifyTests {
    @Test("gets its response, even if the lookup for it takes longer than TLS waits for a close_notify")
    func lateAnswer() async throws {
        let api = try LocalServer("python3") { ["-c", Self.slowAPI, "\($0)"] }
        let webhook = try await WebhookUnderTest(
            ["--kube-api=\(api.url)", "--service-account-lookup-grace-period=25s"],
            accounts: nil
        )
        let output = try await Command("python3", ["-c", Self.client, "\(webhook.process.port)"])
            .run(input: try Fixtures.data("review-small.json"), timeout: .seconds(60))
        #expect(output.text.contains("200 OK") && output.text.contains("patchType"), "\(output)")
        #expect(output.text.hasSuffix("closed"), "\(output)")
        await api.stop()
    }

    /// Takes 7 seconds to return a ServiceAccount, and never responds to lists.
    private static let slowAPI = """
        import http.server, json, sys, time
        class API(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            def do_GET(self):
                name = self.path.split("?")[0].split("/")[-1]
                time.sleep(600 if name == "serviceaccounts" else 7)
                body = json.dumps({"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": {
                    "name": name, "namespace": "default",
                    "annotations": {"eks.amazonaws.com/role-arn": "arn:aws:iam::111122223333:role/app"}}}).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
        server = http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), API)
        server.daemon_threads = True
        server.serve_forever()
        """

    /// Sends a request and close_notify, and prints the response.
    private static let client = """
        import socket, ssl, sys
        context = ssl._create_unverified_context()
        received, sent = ssl.MemoryBIO(), ssl.MemoryBIO()
        tls = context.wrap_bio(received, sent)
        client = socket.create_connection(("127.0.0.1", int(sys.argv[1])), timeout=40)
        def attempt(operation):
            while True:
                try: return operation()
                except ssl.SSLWantReadError:
                    client.sendall(sent.read())
                    received.write(client.recv(65536))
        attempt(tls.do_handshake)
        body = sys.stdin.buffer.read()
        head = "POST /mutate HTTP/1.1\\r\\nHost: a\\r\\nContent-Type: application/json\\r\\nContent-Length: %d\\r\\n\\r\\n"
        tls.write((head % len(body)).encode() + body)
        try: tls.unwrap()
        except ssl.SSLWantReadError: client.sendall(sent.read())
        while data := client.recv(65536):
            received.write(data)
            try:
                while text := tls.read(65536): print(text.decode(), flush=True)
            except ssl.SSLWantReadError: pass
            except ssl.SSLZeroReturnError: break
        print("closed", end="")
        """
}
