import TestPrograms
import TestSupport
import Testing

@Suite("The log says at the start", .timeLimit(.minutes(2)))
struct StartLogTests {
    @Test(
        "if the flags have pods use a region's STS, but give them no region",
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
