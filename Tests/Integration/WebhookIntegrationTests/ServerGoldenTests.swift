import JSON
import PodIdentity
import TestPrograms
import TestSupport
import Testing

@Suite("The running server makes the golden pods", .timeLimit(.minutes(5)))
struct ServerGoldenTests {
    /// The golden cases by the flags that they need.
    private static func groups() throws -> [[GoldenCase]] {
        Array(Dictionary(grouping: try GoldenCase.all()) { $0.flags }.values)
    }

    @Test("and says why, and what is to be told", arguments: try groups())
    func golden(_ cases: [GoldenCase]) async throws {
        // One file for all: each case gets a namespace of its own.
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
            // Kubernetes allows 120 bytes for each.
            #expect(told.count == sample.warnings.count, "\(sample): \(told)")
            for (warning, expected) in zip(told, sample.warnings) {
                #expect(expected.hasPrefix(warning.hasSuffix("…") ? String(warning.dropLast()) : warning), "\(sample)")
            }
            guard let reason = sample.reason else { continue }
            // In the audit log a pod that has everything is as one that is just given it.
            let isTold = answer.response[path: ["auditAnnotations", "reason"]]?.string
            let isSame = isTold == reason.rawValue || (reason == .alreadyInjected && isTold == "injected")
            #expect(isSame, "\(sample): \(isTold ?? "")")
        }
    }
}
