import JSON
import TestPrograms
import TestSupport
import Testing

@Suite("The running server produces the pods of pfnet-research's webhook", .timeLimit(.minutes(5)))
struct GoogleServerTests {
    @Test("at its path, with flags of the same names")
    func conformance() async throws {
        let cases = try CloudCase.all(.g)
        // Each case has its own namespace, so that one file can have all ServiceAccounts.
        let accounts = cases.compactMap { sample -> String? in
            guard var account = sample.serviceAccount else { return nil }
            account[path: ["metadata", "namespace"]] = .string(sample.id)
            return String(decoding: account.bytes, as: UTF8.self)
        }
        let webhook = try await WebhookUnderTest(
            [
                "--providers=aws,google", "--default-injection-mode", "gcloud", "--token-default-mode=0440",
                "--zap-log-level=debug",
            ],
            accounts: accounts.joined(separator: "\n---\n")
        )
        for sample in cases {
            let (response, pod) = try await answer(webhook, sample.pod, sample.id)
            let isDenied = response["allowed"] == .literal("false")
            let difference = sample.googleDifference(pod, isDenied: isDenied)
            #expect(difference == nil, "\(difference ?? "")")
            if isDenied {
                #expect(response[path: ["status", "code"]] == .literal("400"))
                #expect(response[path: ["status", "message"]]?.string?.contains("cloud.google.com/") ?? false)
            } else {
                #expect(
                    try await answer(webhook, pod, sample.id).pod == pod,
                    "\(sample): reinvocation adds nothing"
                )
            }
        }
    }

    private func answer(
        _ webhook: WebhookUnderTest,
        _ pod: JSONTree,
        _ namespace: String
    ) async throws -> (response: JSONTree, pod: JSONTree) {
        try await webhook.answer(pod, namespace: namespace, path: "/mutate-v1-pod")
    }
}
