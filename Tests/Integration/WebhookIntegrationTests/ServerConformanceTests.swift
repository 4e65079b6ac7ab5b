import JSON
import TestPrograms
import TestSupport
import Testing

@Suite("The running server produces the Amazon EKS webhook's pods", .timeLimit(.minutes(5)))
struct ServerConformanceTests {
    @Test(
        "with its defaults, with every flag set, and with container credentials",
        arguments: ConformanceCase.Profile.allCases
    )
    func conformance(_ profile: ConformanceCase.Profile) async throws {
        let cases = try ConformanceCase.all(profile)
        // Each case has its own namespace, so that one file can have all ServiceAccounts.
        let accounts = cases.map { sample in
            var account = sample.serviceAccount
            account[path: ["metadata", "namespace"]] = .string(sample.id)
            return String(decoding: account.bytes, as: UTF8.self)
        }
        let folder = try TemporaryDirectory()
        try folder.write(ConformanceCase.identities(cases) { $0.id }, to: "identities.json")
        let webhook = try await WebhookUnderTest(
            profile.flags(identities: folder.path("identities.json")) + ["--annotate-pods=false"],
            accounts: accounts.joined(separator: "\n---\n"),
            folder: folder
        )
        for sample in cases {
            let pod = try await webhook.mutate(sample.pod, namespace: sample.id)
            let actual = ConformanceCase.normalised(pod)
            let expected = ConformanceCase.normalised(sample.expected)
            #expect(actual.isEquivalent(to: expected), "\(sample): \(actual.pretty)\nis not\n\(expected.pretty)")
            #expect(
                try await webhook.mutate(pod, namespace: sample.id) == pod,
                "\(sample): reinvocation adds nothing"
            )
        }
    }
}

extension ConformanceCase.Profile {
    fileprivate func flags(identities: String) -> [String] {
        switch self {
        case .a: []
        case .b:
            [
                "--annotation-prefix", "irsa.example.com", "--aws-default-region", "us-gov-west-1",
                "--sts-regional-endpoint=true", "--token-mount-path", "/var/run/secrets/custom/path",
                "--token-expiration", "7200", "--token-audience", "custom-audience",
            ]
        case .c: ["--watch-container-credentials-config", identities, "--aws-default-region", "eu-central-1"]
        }
    }
}
