import JSON
import Logging
import TestPrograms
import TestSupport
import Testing

@Suite("A log in JSON", .timeLimit(.minutes(1)))
struct JSONLogTests {
    @Test("is what the program writes from start to end")
    func process() async throws {
        let folder = try TemporaryDirectory()
        try folder.write(
            "{apiVersion: v1, kind: ServiceAccount, metadata: {name: app, namespace: default}}",
            to: "sa.yaml"
        )
        let webhook = try WebhookProcess(
            ["--log-format=json", "-v2", "--service-accounts=\(folder.path("sa.yaml"))", "--shutdown-delay=0s"],
            certificate: try await CertificateFolder.make(["localhost"])
        )
        try await webhook.waitUntilReady()
        let review = ["-H", "Content-Type: application/json", "--data-binary", "@-"]
        _ = try await Command(
            "curl",
            ["-sSk", "--max-time", "30"] + review + ["https://localhost:\(webhook.port)/mutate"]
        )
        .run(input: try Fixtures.data("review-small.json"))
        #expect(await webhook.stop() == 0)

        let lines = webhook.log.split(separator: "\n")
        let events = try lines.map { try JSONTree(parsing: $0.utf8) }
        #expect(lines.count > 4)
        let timestamp = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/
        for event in events {
            #expect(event["timestamp"]?.string?.wholeMatch(of: timestamp) != nil)
            #expect(event["label"]?.string == "pod-identity-webhook")
            #expect(Logger.Level(rawValue: event["level"]?.string ?? "") != nil)
        }
        let decision = try #require(events.first { $0["message"]?.string == "a review was answered" })
        #expect(decision["level"]?.string == "debug")
        #expect(decision["reason"]?.string == "no_role")
        #expect(decision["namespace"]?.string == "default")
    }
}
