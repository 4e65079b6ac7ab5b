import Foundation
import JSON
import TestPrograms
import TestSupport
import Testing

@Suite("Clients that connect again and again", .timeLimit(.minutes(3)))
struct ConnectionChurnTests {
    @Test("lose their own connections, while a client with another address keeps its own and gets new ones")
    func churn() async throws {
        let webhook = try await WebhookUnderTest()
        let port = "\(webhook.process.port)"
        let before = try #require(try await webhook.scrape().value("process_resident_memory_bytes"))
        let good = try Command("python3", ["-c", Self.good, port]).start()
        try await good.waitForOutput(containing: "connected")
        let output = try await Command("python3", ["-c", Self.flood, port, "35000"]).run(timeout: .seconds(120))
        let connected = try #require(Int(output.text.trimmingCharacters(in: .whitespacesAndNewlines)), "\(output)")
        good.write("stop\n")
        let text = try await good.waitForExit(timeout: .seconds(60)).text
        let result = try JSONTree(parsing: try #require(text.split(separator: "\n").last).utf8)
        let log: Comment = "\(text)\n\(webhook.process.logTail())"
        #expect(connected > 30_000, log)
        #expect(result["failures"]?.elements?.isEmpty == true, log)
        for kind in ["kept", "new"] { #expect(Int(result[kind]?.string ?? "") ?? 0 >= 20, log) }
        let metrics = try await webhook.scrape()
        let labels = ["listener": "https", "limit": "connections"]
        #expect(try #require(metrics.value("pod_identity_webhook_limits_reached_total", labels)) > 30_000)
        #expect(try #require(metrics.value("process_resident_memory_bytes")) - before < 90_000_000)
    }

    @Test("cannot keep others out by waiting long for responses on all their connections")
    func answering() async throws {
        let api = try StandInAPIServer.start(Self.hangingAPI)
        let webhook = try await WebhookUnderTest(
            [
                "--kube-api=\(api.url)", "--service-account-lookup-grace-period=60s", "--max-connections=8",
                "--namespace-roles",
            ],
            accounts: nil
        )
        // At most half of the connections wait for lookups of one kind: four for Namespaces, four for ServiceAccounts.
        let first = try (0..<4).map { try Self.ask(webhook, about: "plain-\($0)", in: "ns-\($0)") }
        try await eventually("the lookups of the Namespaces", log: { api.log }) {
            (0..<4).allSatisfy { api.log.contains("GET /api/v1/namespaces/ns-\($0)\n") }
        }
        let second = try (0..<4).map { try Self.ask(webhook, about: "app-\($0)", in: "default") }
        try await eventually("the lookups of the ServiceAccounts", log: { api.log }) {
            (0..<4).allSatisfy { api.log.contains("/app-\($0)\n") }
        }
        let clients = first + second
        let same = try await Command("curl", Self.curl(webhook, from: "127.0.0.1", "/healthz")).run()
        #expect(same.status != 0, "\(same)")
        #expect(clients.allSatisfy { $0.isRunning }, "\(clients.map(\.errorText)) \(api.log)")
        for _ in 0..<3 {
            let other = try await Command("curl", Self.curl(webhook, from: "127.0.0.2", "/healthz")).run()
            #expect(other.text == "ok", "\(other)")
        }
        try await eventually("one client to be evicted for the others") {
            clients.count { $0.isRunning } == 7
        }
        await api.stop()
    }

    /// Returns ServiceAccounts without a role, and never responds to any other request.
    private static let hangingAPI = """
        if path[-1].startswith("plain-"): return 200, account(path[-3], path[-1])
        return None
        """

    private static func ask(
        _ webhook: WebhookUnderTest,
        about account: String,
        in namespace: String
    ) throws -> RunningCommand {
        let client = try Command("curl", curl(webhook, from: "127.0.0.1", "/mutate?timeout=30s") + post).start()
        var review = try Fixtures.json("review-small.json")
        review[path: ["request", "namespace"]] = .string(namespace)
        review[path: ["request", "object", "spec", "serviceAccountName"]] = .string(account)
        client.write(review.bytes)
        client.closeInput()
        return client
    }

    private static func curl(_ webhook: WebhookUnderTest, from address: String, _ path: String) -> [String] {
        ["-sS", "--max-time", "50", "--insecure", "--interface", address, webhook.url(path, host: "127.0.0.1")]
    }

    private static let post = ["-H", "Content-Type: application/json", "--data-binary", "@-"]

    /// Sends requests over one connection, and over new ones, until told to stop.
    private static let good = """
        import http.client, json, ssl, sys, threading, time
        context = ssl._create_unverified_context()
        counts, failures, stop = {"kept": 0, "new": 0}, [], threading.Event()
        def connect(): return http.client.HTTPSConnection("127.0.0.1", int(sys.argv[1]), context=context, timeout=20)
        def ask(connection, kind):
            try:
                connection.request("GET", "/healthz")
                assert connection.getresponse().read() == b"ok"
                counts[kind] += 1
            except Exception as error: failures.append(f"{kind}: {error!r}")
        kept = connect()
        kept.connect()
        # http.client would open another connection in the place of one that was closed.
        kept.auto_open = 0
        ask(kept, "kept")
        print("connected", flush=True)
        threading.Thread(target=lambda: (sys.stdin.readline(), stop.set()), daemon=True).start()
        while not stop.is_set():
            ask(kept, "kept")
            other = connect()
            ask(other, "new")
            other.close()
            time.sleep(0.02)
        print(json.dumps({"kept": str(counts["kept"]), "new": str(counts["new"]), "failures": failures[:20]}))
        """

    /// Opens this many connections from another address, at most 7000 per second, and keeps the last 3000, which is
    /// more than the webhook's limit and its accept queue. Prints how many were opened.
    private static let flood = """
        import collections, resource, socket, struct, sys, time
        most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(most, 10000), most))
        port, total, connected = int(sys.argv[1]), int(sys.argv[2]), 0
        sockets = collections.deque()
        begin = time.monotonic()
        for number in range(total):
            early = begin + number / 7000 - time.monotonic()
            if early > 0: time.sleep(early)
            client = socket.socket()
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            client.bind(("127.0.0.2", 0))
            try:
                client.connect(("127.0.0.1", port))
                connected += 1
            except OSError: pass
            sockets.append(client)
            if len(sockets) > 3000: sockets.popleft().close()
        print(connected)
        """
}
