import JSON
import TestPrograms
import TestSupport
import Testing

@Suite("Very large ServiceAccounts", .timeLimit(.minutes(3)))
struct LargeObjectsTests {
    /// The server from the benchmarks. Every fifth ServiceAccount has a role: the 0th, the 5th and so on.
    private func server(_ arguments: [String]) throws -> LocalServer {
        try LocalServer("python3") { port in
            ["\(TestFolders.repository)/Benchmarks/api_server.py", "--port", "\(port)"] + arguments
        }
    }

    private func start(_ api: LocalServer, _ flags: [String] = []) async throws -> WebhookUnderTest {
        try await api.waitUntilReady()
        let webhook = try await WebhookUnderTest(["--kube-api=\(api.url)"] + flags, accounts: nil)
        try await webhook.process.waitUntilReady(within: .seconds(90))
        return webhook
    }

    private func review(of number: Int) throws -> [UInt8] {
        var review = try Fixtures.json("review-small.json")
        review[path: ["request", "namespace"]] = .string("team-000")
        for field in ["serviceAccountName", "serviceAccount"] {
            let digits = String(number + 100_000).dropFirst()
            review[path: ["request", "object", "spec", field]] = .string("application-\(digits)")
        }
        return review.bytes
    }

    private func hasRole(_ number: Int, _ webhook: WebhookUnderTest) async throws -> Bool {
        try await webhook.post(try review(of: number)).body.contains("patchType")
    }

    @Test(
        "are all read with little memory, and one that is too large is reported and counted",
        arguments: ["pages", "cache", "stream"]
    )
    func dense(lists: String) async throws {
        let few = try server(["--accounts", "20"])
        let idle = try await start(few)
        let usual = try #require(idle.process.peakMemory)
        await idle.process.stop()
        await few.stop()

        // 300 of 1 MB: ten times as many as take 32 MiB at once, and far more in the parser.
        let api = try server(["--accounts", "300", "--padding", "174000", "--huge", "100", "101", "--lists", lists])
        let webhook = try await start(api)
        let peak = try #require(webhook.process.peakMemory)
        #expect(peak - usual < 64 * 1024 * 1024, "\(usual) and \(peak) bytes")

        let metrics = try await webhook.scrape()
        let resource = ["resource": "serviceaccounts"]
        #expect(metrics.value("pod_identity_webhook_skipped_objects_total", resource) == 2)
        // The watch begins shortly after the list.
        try await eventually("the watch to be in sync", log: { webhook.process.log }) {
            try await webhook.scrape().value("pod_identity_webhook_watch_synced", resource) == 1
        }
        for number in [100, 101] {
            #expect(webhook.process.log.contains(" name=application-00\(number) namespace=team-001 "))
        }
        for number in [0, 5, 50, 95] { #expect(try await hasRole(number, webhook), "\(number)") }
        #expect(try await !hasRole(1, webhook))
        await webhook.process.stop()
        await api.stop()
    }

    @Test("are looked up with little memory, and one that is too large is reported")
    func lookup() async throws {
        let api = try server(["--accounts", "10", "--huge", "0", "--lists", "stream"])
        let webhook = try await start(api, ["--service-account-lookup-grace-period=10s"])
        let answer = try await webhook.post(try review(of: 0))
        #expect(answer.body.contains("service_account_unavailable"))
        #expect(webhook.process.log.contains("is larger than 2097152 bytes"))
        await webhook.process.stop()
        await api.stop()
    }
}
