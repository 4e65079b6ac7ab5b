import AWSIdentity
import JSON
import TestSupport
import Testing

@Suite("A policy changes pods as the webhook does", .timeLimit(.minutes(5)))
struct PolicyConformanceTests {
    static let flags: [ConformanceCase.Profile: [String]] = [
        .a: [],
        .b: [
            "--annotation-prefix=irsa.example.com", "--aws-default-region=us-gov-west-1", "--sts-regional-endpoint",
            "--token-mount-path=/var/run/secrets/custom/path", "--token-expiration=7200",
            "--token-audience=custom-audience",
        ],
        .c: ["--aws-default-region=eu-central-1"],
    ]

    @Test("in all recorded cases of IAM roles", arguments: ConformanceCase.Profile.allCases)
    func recorded(_ profile: ConformanceCase.Profile) async throws {
        let samples = try ConformanceCase.all(profile).filter { !$0.usesContainerCredentials }
        let trials = samples.map {
            PolicyEvaluation.Trial(pod: $0.pod, serviceAccount: $0.serviceAccount, namespace: $0.namespace)
        }
        let flags = (Self.flags[profile] ?? []) + ["--annotate-pods=false"]
        let outcomes = try await PolicyEvaluation.outcomes(flags, trials)
        #expect(outcomes.count == samples.count && outcomes.contains { $0.once != $0.before })
        for (sample, outcome) in zip(samples, outcomes) {
            let (actual, expected) = (
                ConformanceCase.normalised(outcome.once), ConformanceCase.normalised(sample.expected)
            )
            #expect(actual.isEquivalent(to: expected), "\(sample): \(actual.pretty)\nis not\n\(expected.pretty)")
        }
    }

    /// The folders that use something that only the webhook supports.
    private static let leftToWebhook: Set<String> = [
        "foreign-volume", "mount-conflict-run", "mount-conflict-slash", "references", "token-covered", "volume-exists",
    ]

    @Test("in the golden folders, except for what only the webhook supports")
    func golden() async throws {
        // Unknown fields never reach a policy.
        for sample in try GoldenCase.all() where sample.description != "unknown-fields" {
            let trial = PolicyEvaluation.Trial(pod: sample.pod, serviceAccount: sample.serviceAccount)
            let annotates = ["--annotate-pods=\(sample.settings.annotatesPods)"]
            let outcome = try #require(try await PolicyEvaluation.outcomes(sample.flags + annotates, [trial]).first)
            let isEqual = ConformanceCase.normalised(outcome.once).isEquivalent(
                to: ConformanceCase.normalised(sample.expected)
            )
            #expect(isEqual != Self.leftToWebhook.contains(sample.description), "\(sample): \(outcome.once.pretty)")
        }
    }
}
