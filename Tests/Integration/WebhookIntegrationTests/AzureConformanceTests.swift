import JSON
import TestPrograms
import TestSupport
import Testing

@Suite("The running server produces the pods of Azure's webhook", .timeLimit(.minutes(5)))
struct AzureServerConformanceTests {
    @Test("in all recorded cases, and does not change pods without its label")
    func conformance() async throws {
        let cases = try CloudCase.all(.z)
        // Each case has its own namespace, so that one file can have all ServiceAccounts.
        let accounts = cases.compactMap { sample in
            var account = sample.serviceAccount
            account?[path: ["metadata", "namespace"]] = .string(sample.id)
            return account.map { String(decoding: $0.bytes, as: UTF8.self) }
        }
        let webhook = try await WebhookUnderTest(
            ["--providers=azure"],
            accounts: accounts.joined(separator: "\n---\n"),
            environment: ["AZURE_TENANT_ID": "11111111-1111-1111-1111-111111111111"]
        )
        for sample in cases {
            let (response, pod) = try await webhook.answer(sample.pod, namespace: sample.id)
            guard sample.isSelected else {
                #expect(pod == sample.pod && response["allowed"] == .literal("true"), "\(sample)")
                continue
            }
            let isDenied = sample.outcome == .denied
            #expect(response["allowed"] == .literal(isDenied ? "false" : "true"), "\(sample): \(response.pretty)")
            if isDenied { #expect(response[path: ["status", "code"]] == .literal("400"), "\(sample)") }
            if let difference = sample.difference(pod) { Issue.record("\(difference)") }
            #expect(try await webhook.mutate(pod, namespace: sample.id) == pod, "\(sample): reinvocation")
        }
    }
}
