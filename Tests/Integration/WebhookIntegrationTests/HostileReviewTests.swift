import Foundation
import JSON
import TestPrograms
import TestSupport
import Testing

@Suite("A pod with any amount of any content from a tenant", .timeLimit(.minutes(5)))
struct HostileReviewTests {
    private static let repetitions = 10

    @Test("takes bounded memory and log space, while others are served", arguments: HostileReview.all)
    func bounds(_ review: HostileReview) async throws {
        let webhook = try await WebhookUnderTest(["-v=2"])
        let body = try review.bytes()
        #expect(body.count > 90_000 && body.count < 3 * 1024 * 1024)
        for _ in 0..<Self.repetitions {
            let response = try await webhook.post(body)
            #expect(response.status == review.status, "\(response.body.prefix(300))")
            #expect(response.status == 200 || response.body.utf8.count < 500)
            let answer = try await webhook.post(try Fixtures.data("review-small.json"))
            #expect(answer.body.contains("patchType"))
        }
        let peak = try #require(webhook.process.peakMemory)
        #expect(peak < 240_000_000, "docs/reliability.md allows more, if all limits are reached at once")
        let resident = try await webhook.scrape().value("process_resident_memory_bytes") ?? .infinity
        #expect(resident < 110_000_000, "memory is released after each review")
        #expect(webhook.process.logSize < 100_000, "\(webhook.process.logTail())")
    }

    @Test("causes at most one log line per review, and similar problems are logged at intervals, with a count")
    func warnings() async throws {
        let webhook = try await WebhookUnderTest()
        var review = try Fixtures.json("review-small.json")
        let pod = ["request", "object"]
        review[path: pod + ["metadata", "annotations"]] = .object([
            "eks.amazonaws.com/token-expiration": .string("x\n2026-01-01 error forged: line"),
            "eks.amazonaws.com/skip-containers": .string("a,b,c,d"),
        ])
        for _ in 0..<50 { #expect(try await webhook.post(review.bytes).status == 200) }
        _ = await webhook.process.stop()
        let lines = webhook.process.log.split(separator: "\n")
        let warnings = lines.filter { $0.contains("a user was warned") }
        #expect(!warnings.isEmpty && warnings.count < 10, "\(webhook.process.logTail())")
        #expect(warnings.allSatisfy { $0.contains("skip") && $0.contains("forged") }, "each review has one line")
        #expect(!lines.contains { $0.hasPrefix("2026-01-01 error forged") })
    }

    @Test("is limited in its own log lines too, whatever is wrong with it")
    func refusals() async throws {
        let webhook = try await WebhookUnderTest()
        let request = ["-H", "Content-Type: application/json", "--data-binary", "@-", webhook.url("/mutate?[1-500]")]
        let urls = ["-o", "/dev/null", "-w", ""] + request
        _ = try await Command("curl", ["-sS", "--cacert", webhook.certificate.authorityFile] + urls)
            .run(input: Array(#"{"kind": "Other"}"#.utf8))
        let refused = try await webhook.scrape().value(
            "pod_identity_webhook_admission_requests_total",
            ["outcome": "refused", "reason": "malformed_review", "dry_run": "false"]
        )
        #expect(refused == 500)
        #expect(webhook.process.log.split(separator: "\n").count { $0.contains("a request was refused") } < 20)
    }
}
