import JSON
import TestPrograms
import TestSupport
import Testing

@Suite("A ServiceAccount that the watch has not delivered", .timeLimit(.minutes(2)))
struct LookupTests {
    /// An API server that never returns lists, so only single gets work. It prints each one.
    private static let script = """
        import http.server, json, sys, threading, time
        seen = set()
        class API(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            def do_GET(self):
                name = self.path.split("?")[0].split("/")[-1]
                print("GET", name, flush=True)
                if name in ("serviceaccounts", "namespaces", "hanging"):
                    time.sleep(600)
                if name == "slow-once" and name not in seen:
                    seen.add(name)
                    time.sleep(600)
                time.sleep(0.3)
                account = {"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": {
                    "name": name, "namespace": "default",
                    "annotations": {"eks.amazonaws.com/role-arn": "arn:aws:iam::111122223333:role/" + name}}}
                if name == "plain":
                    del account["metadata"]["annotations"]
                status = {"kind": "Status", "apiVersion": "v1", "code": 404, "reason": "NotFound"}
                found = name != "missing"
                body = json.dumps(account if found else status).encode()
                self.send_response(200 if found else 404)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
        server = http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), API)
        server.daemon_threads = True
        server.serve_forever()
        """

    @Test("is requested once, however many pods wait for it, and is then known")
    func once() async throws {
        let (webhook, api) = try await start()
        let review = try review(of: "app")
        let answers = try await withThrowingTaskGroup { group in
            for _ in 0..<8 { group.addTask { try await webhook.post(review) } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(answers.allSatisfy { $0.status == 200 && $0.body.contains("patchType") })
        #expect(try await webhook.post(review).body.contains("patchType"))
        #expect(api.log.split(separator: "\n").filter { $0 == "GET app" }.count == 1)
        await api.stop()
    }

    @Test("is not injected if it does not exist")
    func missing() async throws {
        let (webhook, api) = try await start()
        let answer = try await webhook.post(try review(of: "missing"))
        #expect(answer.status == 200 && !answer.body.contains("patch"))
        #expect(!api.log.contains("GET ..") && api.log.contains("GET missing"))
        await api.stop()
    }

    @Test("delays its pod at most for the grace period, with a warning, and does not delay others")
    func hanging() async throws {
        let (webhook, api) = try await start()
        async let delayed = webhook.post(try review(of: "hanging"))
        try await eventually("the request to reach the API server") { api.log.contains("GET hanging") }
        #expect(try await webhook.post(try review(of: "app")).body.contains("patchType"))
        let answer = try await delayed
        #expect(answer.status == 200 && !answer.body.contains("patchType"))
        #expect(answer.body.contains("default/hanging could not be looked up"))
        await api.stop()
    }

    @Test("delays its pod for at most half of the API server's timeout")
    func timeout() async throws {
        let (webhook, api) = try await start(gracePeriod: "60s")
        let answer = try await webhook.post(try review(of: "hanging"), query: "?timeout=2s")
        #expect(answer.status == 200 && answer.body.contains("service_account_unavailable"))
        await api.stop()
    }

    @Test("is requested again over a new connection if the current one is dead")
    func deadConnection() async throws {
        let (webhook, api) = try await start(gracePeriod: "8s")
        let answer = try await webhook.post(try review(of: "slow-once"))
        #expect(answer.body.contains("patchType"))
        #expect(api.log.split(separator: "\n").filter { $0 == "GET slow-once" }.count == 2)
        await api.stop()
    }

    @Test("has its Namespace looked up too if that may give a role")
    func namespace() async throws {
        let (webhook, api) = try await start(flags: ["--namespace-roles"])
        #expect(try await webhook.post(try review(of: "plain")).body.contains("patchType"))
        #expect(api.log.contains("GET plain\n") && api.log.contains("GET default\n"))
        await api.stop()
    }

    @Test("is looked up again if it has no role and the watch is interrupted for too long", arguments: [false, true])
    func stale(isStale: Bool) async throws {
        let flags = ["--watch-stale-after=\(isStale ? "1ms" : "10m")"]
        let (webhook, api) = try await start(flags: flags, script: Self.failingWatch)
        try await webhook.process.waitUntilReady()
        try await eventually("the watch to be interrupted", log: { webhook.process.logTail() }) {
            try await webhook.curl([webhook.metricsURL("/readyz?verbose")]).body.contains("the watch is interrupted")
        }
        #expect(try await webhook.get("/readyz").status == 200)
        let synced = try await webhook.scrape().value(
            "pod_identity_webhook_watch_synced",
            ["resource": "serviceaccounts"]
        )
        #expect(synced == 0)
        let answer = try await webhook.post(try review(of: "app"))
        #expect(answer.body.contains("patchType") == isStale)
        #expect(answer.body.contains("no_role") == !isStale)
        await api.stop()
    }

    @Test("keeps its previous role if neither the watch nor a lookup works")
    func lastKnown() async throws {
        let api = try StandInAPIServer.start(
            """
            if path[-1] == "version": return status(404)
            if query.get("watch"): return status(500)
            if path[-1] == "serviceaccounts": return listed(account("default", "app", "app"))
            return None
            """
        )
        let flags = ["--watch-stale-after=1ms", "--service-account-lookup-grace-period=500ms"]
        let webhook = try await WebhookUnderTest(["--kube-api=\(api.url)"] + flags, accounts: nil)
        try await webhook.process.waitUntilReady()
        try await eventually("the role to be looked up again", log: { webhook.process.logTail() }) {
            let answer = try await webhook.post(try review(of: "app"))
            #expect(answer.body.contains("patchType"))
            return api.log.contains("serviceaccounts/app")
        }
        #expect(try await webhook.post(try review(of: "app")).body.contains("patchType"))
        await api.stop()
    }

    /// An API server that lists the ServiceAccount `app` as it was before it got a role, and ends every watch.
    private static let failingWatch = """
        import http.server, json, sys
        class API(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            def do_GET(self):
                role = {"eks.amazonaws.com/role-arn": "arn:aws:iam::111122223333:role/app"}
                account = {"metadata": {"name": "app", "namespace": "default", "resourceVersion": "5"}}
                if "watch=true" in self.path:
                    status, answer = 500, {"kind": "Status", "code": 500}
                elif self.path.split("?")[0].endswith("serviceaccounts"):
                    status, answer = 200, {"metadata": {"resourceVersion": "7"}, "items": [account]}
                else:
                    account["metadata"].update(annotations=role, resourceVersion="8")
                    status, answer = 200, account
                body = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
        http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), API).serve_forever()
        """

    @Test(
        "is not requested if no ServiceAccount can have its name",
        arguments: ["../secrets", "a/b", "A", "a%2fb", ".."]
    )
    func names(_ name: String) async throws {
        let (webhook, api) = try await start()
        let answer = try await webhook.post(try review(of: name))
        #expect(answer.status == 200 && !answer.body.contains("patch"))
        let asked = Set(api.log.split(separator: "\n").filter { $0.hasPrefix("GET") })
        #expect(asked.isSubset(of: ["GET version", "GET serviceaccounts"]))
        await api.stop()
    }

    private func review(of account: String) throws -> [UInt8] {
        var review = try Fixtures.json("review-small.json")
        for field in ["serviceAccountName", "serviceAccount"] {
            review[path: ["request", "object", "spec", field]] = .string(account)
        }
        return review.bytes
    }

    /// Starts a webhook that is not ready but responds, because clients may have reasons to call it.
    private func start(
        gracePeriod: String = "3s",
        flags: [String] = [],
        script: String = Self.script
    ) async throws -> (WebhookUnderTest, LocalServer) {
        let api = try LocalServer("python3") { ["-c", script, "\($0)"] }
        let webhook = try await WebhookUnderTest(
            ["--kube-api=\(api.url)", "--service-account-lookup-grace-period=\(gracePeriod)"] + flags,
            accounts: nil
        )
        return (webhook, api)
    }
}
