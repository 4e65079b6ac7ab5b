import Foundation
import JSON
import TestPrograms
import TestSupport
import Testing

@Suite("More lookups than the rate allows", .timeLimit(.minutes(3)))
struct LookupFloodTests {
    /// Lists get no response; every ServiceAccount exists and has a role.
    private static let behaviour = """
        if query.get("watch") or path[-1] == "serviceaccounts": return None
        return 200, account(path[-3], path[-1], "r")
        """

    /// Requests this many different ServiceAccounts on this many connections, and prints how many got a role.
    private static let flood = """
        import http.client, itertools, json, ssl, sys, threading
        port, connections, count = map(int, sys.argv[1:4])
        namespace = sys.argv[4]
        review = json.load(sys.stdin)
        context = ssl._create_unverified_context()
        numbers, lock, given = itertools.count(), threading.Lock(), []
        def work():
            client = http.client.HTTPSConnection("127.0.0.1", port, context=context, timeout=60)
            while (number := next(numbers)) < count:
                name = "flood-{}".format(number)
                review["request"]["namespace"] = namespace.format(number)
                body = json.dumps(review).replace('"NAME"', json.dumps(name))
                client.request("POST", "/mutate", body, {"Content-Type": "application/json"})
                text = client.getresponse().read()
                with lock: given.append(b"patchType" in text)
        threads = [threading.Thread(target=work) for _ in range(connections)]
        for thread in threads: thread.start()
        for thread in threads: thread.join()
        print(sum(given), len(given))
        """

    private func review(of account: String, in namespace: String = "default") throws -> JSONTree {
        var review = try Fixtures.json("review-small.json")
        review[path: ["request", "namespace"]] = .string(namespace)
        for field in ["serviceAccountName", "serviceAccount"] {
            review[path: ["request", "object", "spec", field]] = .string(account)
        }
        return review
    }

    /// In one namespace, or each in its own, possibly invented one.
    @Test(
        "leave no backlog: those that are made succeed, and then the first pod of a new account gets its role",
        arguments: ["busy", "made-up-{}"]
    )
    func debt(_ namespace: String) async throws {
        let api = try StandInAPIServer.start(Self.behaviour)
        let flags = ["--service-account-lookup-rate=20", "--service-account-lookup-burst=20"]
        let webhook = try await WebhookUnderTest(["--kube-api=\(api.url)"] + flags, accounts: nil)
        let arguments = ["\(webhook.process.port)", "120", "1000", namespace]
        let flood = try Command("python3", ["-c", Self.flood] + arguments).start()
        flood.write(try review(of: "NAME").bytes)
        flood.closeInput()
        // Lookups in a namespace that the webhook knows something about do not wait for the others.
        #expect(try await webhook.post(try review(of: "first", in: "quiet").bytes).status == 200)
        let output = try await flood.waitForExit(timeout: .seconds(120))
        let counts = output.text.split(whereSeparator: { $0.isWhitespace }).compactMap { Int($0) }
        try #require(counts.count == 2 && counts[1] == 1000, "\(output.text) \(output.errorText)")

        let metrics = try await webhook.scrape()
        func lookups(_ result: String) -> Double {
            metrics.value("pod_identity_webhook_service_account_lookups_total", ["result": result]) ?? 0
        }
        let made = lookups("found") + lookups("unavailable")
        #expect(made >= 40 && lookups("found") >= made * 0.9, "\(made) \(lookups("found"))")
        #expect(Double(counts[0]) >= made * 0.9, "\(counts[0]) pods of \(made) lookups got their role")
        // The burst is not available again yet, but one token is.
        #expect(try await webhook.post(try review(of: "first", in: "later").bytes).body.contains("patchType"))
        await api.stop()
    }
}
