import AWSIdentity
import Foundation
import JSON
import TestPrograms
import TestSupport
import Testing

@Suite("If the identity of a pod cannot be determined,", .timeLimit(.minutes(2)))
struct UnavailableTests {
    /// Returns ServiceAccount lists at once, returns the ConfigMap once the file exists that the environment names, and
    /// never returns single ServiceAccounts.
    private static func behaviour(_ file: String) -> String {
        """
        if query.get("watch"): return None
        if path[-1] == "serviceaccounts":
            return listed(account("default", "plain"), account("default", "app", "app"))
        if path[-1] == "configmaps":
            while not os.path.exists("\(file)"): time.sleep(0.02)
            config = '{"default/plain": {"RoleARN": "arn:aws:iam::111122223333:role/configured"}}'
            return listed({"kind": "ConfigMap", "apiVersion": "v1", "data": {"config": config},
                "metadata": {"name": "pod-identity-webhook", "namespace": "eks", "resourceVersion": "3"}})
        if "serviceaccounts" in path: return None
        return status(404)
        """
    }

    private func review(_ account: String) throws -> [UInt8] {
        var review = try Fixtures.json("review-small.json")
        for field in ["serviceAccountName", "serviceAccount"] {
            review[path: ["request", "object", "spec", field]] = .string(account)
        }
        return review.bytes
    }

    private func start(_ flags: [String]) async throws -> (WebhookUnderTest, LocalServer, TemporaryDirectory) {
        let folder = try TemporaryDirectory()
        let api = try StandInAPIServer.start(Self.behaviour(folder.path("go")))
        let webhook = try await WebhookUnderTest(["--kube-api=\(api.url)"] + flags, accounts: nil)
        try await eventually("the list of ServiceAccounts", log: { webhook.process.logTail() }) {
            try await webhook.curl([webhook.metricsURL("/readyz?verbose")]).body.contains("[+]service-accounts ok")
        }
        return (webhook, api, folder)
    }

    @Test("the pod waits for a ConfigMap that has not been read, and gets a warning if it is not read in time")
    func configMap() async throws {
        let (webhook, api, folder) = try await start([
            "--watch-config-map", "--service-account-lookup-grace-period=500ms",
        ])
        let answer = try await webhook.post(try review("plain"))
        #expect(answer.status == 200 && answer.body.contains(#""reason":"config_map_unavailable""#))
        #expect(answer.body.contains("warnings") && answer.body.contains("could not be read in time"))
        #expect(!answer.body.contains("patchType"))
        let own = try await webhook.post(try review("app"))
        #expect(own.body.contains("patchType"), "the ServiceAccount's own role comes first, and needs no ConfigMap")
        try folder.write("", to: "go")
        try await eventually("the role from the ConfigMap", log: { webhook.process.logTail() }) {
            try await webhook.post(try review("plain")).body.contains("role/configured\"")
        }
        await api.stop()
    }

    @Test("invalid names do not become part of a request, not even of an Event's")
    func names() async throws {
        let (webhook, api, _) = try await start(["--watch-config-map", "--service-account-lookup-grace-period=0"])
        var hostile = try JSONTree(parsing: try review("plain"))
        hostile[path: ["request", "namespace"]] = .string("default/../../../apis")
        #expect(try await webhook.post(hostile.bytes).body.contains("config_map_unavailable"))
        #expect(try await webhook.post(try review("plain")).body.contains("config_map_unavailable"))
        // This request is for its Event, which is written after the earlier ones.
        try await eventually("the ServiceAccount to be read") { api.log.contains("serviceaccounts/plain") }
        #expect(!api.log.contains("apis"))
        await api.stop()
    }

    @Test("the pod that waits for the ConfigMap gets its role as soon as it is read")
    func waiting() async throws {
        let (webhook, api, folder) = try await start([
            "--watch-config-map", "--service-account-lookup-grace-period=60s",
        ])
        async let answer = webhook.post(try review("plain"))
        let log = { api.log.contains("configmaps") }
        try await eventually("the request for the ConfigMap") { log() }
        try folder.write("", to: "go")
        #expect(try await answer.body.contains("role/configured\""))
        await api.stop()
    }

    @Test("no pod waits with a grace period of 0, but it still gets the warning")
    func noGracePeriod() async throws {
        let (webhook, api, _) = try await start(["--watch-config-map", "--service-account-lookup-grace-period=0"])
        #expect(try await webhook.post(try review("plain")).body.contains("config_map_unavailable"))
        await api.stop()
    }

    @Test(
        "strict mode denies only the pod, with status 503 and the reason",
        arguments: [("unknown", "service_account_unavailable"), ("plain", "config_map_unavailable")]
    )
    func strict(_ account: String, _ reason: String) async throws {
        let (webhook, api, folder) = try await start([
            "--watch-config-map", "--service-account-lookup-grace-period=500ms",
        ])
        let answer = try await webhook.post(try review(account), path: "/mutate/strict", query: "?timeout=10s")
        #expect(answer.status == 200)
        let response = try #require(try JSONTree(parsing: answer.body.utf8)["response"])
        #expect(response["allowed"] == .literal("false"))
        #expect(response[path: ["status", "code"]] == .literal("503"))
        #expect(response[path: ["status", "message"]]?.string?.contains("no identity is given") ?? false)
        #expect(response[path: ["auditAnnotations", "outcome"]]?.string == "denied")
        #expect(response[path: ["auditAnnotations", "reason"]]?.string == reason)
        let count = try await webhook.scrape().value(
            "pod_identity_webhook_admission_requests_total",
            ["outcome": "denied", "reason": reason, "dry_run": "false"]
        )
        #expect(count == 1)
        #expect(try await webhook.post(try review(account)).body.contains(#""allowed":true"#), "/mutate allows it")

        let own = try await webhook.post(try review("app"), path: "/mutate/strict")
        #expect(own.body.contains(#""allowed":true"#) && own.body.contains("patchType"))
        try folder.write("", to: "go")
        try await eventually("the ConfigMap", log: { webhook.process.logTail() }) {
            try await webhook.post(try review("plain"), path: "/mutate/strict").body.contains("patchType")
        }
        await api.stop()
    }

    @Test("strict mode denies nothing that is malformed, skipped or without a role", arguments: ["-", "skip", "arn"])
    func strictOnly(_ kind: String) async throws {
        let account = WebhookUnderTest.account.replacing(WebhookUnderTest.role, with: kind == "arn" ? "arn" : "")
        let webhook = try await WebhookUnderTest(accounts: account)
        var review = try Fixtures.json("review-small.json")
        if kind == "skip" {
            let label = JSONTree.object(["eks.amazonaws.com/skip-pod-identity-webhook": .string("true")])
            review[path: ["request", "object", "metadata", "labels"]] = label
        }
        let answer = try await webhook.post(review.bytes, path: "/mutate/strict")
        #expect(answer.body.contains(#""allowed":true"#))
    }
}
