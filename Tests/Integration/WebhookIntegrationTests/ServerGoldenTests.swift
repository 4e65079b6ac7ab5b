import JSON
import PodIdentity
import TestPrograms
import TestSupport
import Testing

@Suite("The running server produces the golden pods", .timeLimit(.minutes(5)))
struct ServerGoldenTests {
    /// The golden cases by the flags that they need.
    private static func groups() throws -> [[GoldenCase]] {
        Array(Dictionary(grouping: try GoldenCase.all()) { $0.flags }.values)
    }

    @Test("with their reasons and warnings", arguments: try groups())
    func golden(_ cases: [GoldenCase]) async throws {
        // Each case has its own namespace, so that one file can have all ServiceAccounts.
        let accounts = cases.map { sample in
            var account = sample.serviceAccount
            account[path: ["metadata", "namespace"]] = .string(sample.description)
            return String(decoding: account.bytes, as: UTF8.self)
        }
        let webhook = try await WebhookUnderTest(
            cases[0].flags + ["--annotate-pods=false"],
            accounts: accounts.joined(separator: "\n---\n")
        )
        for sample in cases {
            let answer = try await webhook.answer(sample.pod, namespace: sample.description)
            #expect(answer.pod.pretty == sample.expected.pretty, "\(sample)")
            let told = answer.response["warnings"]?.elements?.compactMap(\.string) ?? []
            // Kubernetes allows 120 bytes per warning.
            #expect(told.count == sample.warnings.count, "\(sample): \(told)")
            for (warning, expected) in zip(told, sample.warnings) {
                #expect(expected.hasPrefix(warning.hasSuffix("…") ? String(warning.dropLast()) : warning), "\(sample)")
            }
            guard let reason = sample.reason else { continue }
            // The audit log does not distinguish a pod that already has everything from one that gets it.
            let isTold = answer.response[path: ["auditAnnotations", "reason"]]?.string
            let isSame = isTold == reason.rawValue || (reason == .alreadyInjected && isTold == "injected")
            #expect(isSame, "\(sample): \(isTold ?? "")")
        }
    }
}
