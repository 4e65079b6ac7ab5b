import TestPrograms
import TestSupport
import Testing

@Suite("The log reports at the start", .timeLimit(.minutes(2)))
struct StartLogTests {
    @Test("which version starts with which flags, and later that it is ready", arguments: ["text", "json"])
    func start(format: String) async throws {
        let webhook = try await WebhookUnderTest(["--log-format=\(format)", "--token-audience=example"])
        try await eventually("readiness", log: { webhook.process.log }) { webhook.process.log.contains("ready") }
        let lines = webhook.process.log.split(separator: "\n").map(String.init)
        let first = try #require(lines.first)
        #expect(first.contains("starting") && first.contains("--token-audience=example"))
        #expect(lines.filter { $0.contains(format == "json" ? #""message":"ready""# : ": ready ") }.count == 1)
        guard format == "json" else { return }
        let members = try lines.map { try APIObject(json: $0) }
        #expect(members[0]["version"].string != nil && members[0]["arguments"].elements.count >= 2)
        let ready = try #require(members.first { $0["message"].string == "ready" })
        #expect(ready["duration"].string == nil && ready["duration"] != .null)
    }

    @Test("why it cannot start, also in JSON")
    func fatal() async throws {
        let flags = ["serve", "--log-format=json", "--in-cluster=false", "--tls-cert=/none", "--tls-key=/none"]
        let output = try await Command(
            WebhookProcess.executable,
            flags + ["--service-accounts=/none.yaml", "--port=0", "--metrics-port=0"]
        ).run()
        #expect(output.status == 1)
        let secret = try await Command(WebhookProcess.executable, ["--kube-api=https://admin:s3cret@127.0.0.1:1/a"])
            .run()
        #expect(!secret.errorText.contains("s3cret") && secret.errorText.contains("--kube-api=https://…@127.0.0.1:1/a"))
        let lines = try output.errorText.split(separator: "\n").map { try APIObject(json: String($0)) }
        #expect(lines.last?["level"].string == "critical" && lines.last?["error"].string != nil, "\(output.errorText)")
    }

    @Test(
        "if the flags require a regional STS endpoint but give no region",
        arguments: [
            (["--sts-regional-endpoint"], true),
            (["--sts-regional-endpoint", "--aws-default-region=eu-west-1"], false),
            ([], false),
        ]
    )
    func regionalEndpoint(flags: [String], isWarned: Bool) async throws {
        let webhook = try await WebhookUnderTest(flags)
        #expect(webhook.process.log.contains("--sts-regional-endpoint needs --aws-default-region") == isWarned)
    }
}
