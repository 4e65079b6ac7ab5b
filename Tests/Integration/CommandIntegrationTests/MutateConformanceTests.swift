import JSON
import Kubernetes
import TestPrograms
import TestSupport
import Testing

/// How flags and files reach the domain; that the domain does what it should is tested with all cases, and so is the wire.
@Suite("mutate does what the Amazon EKS webhook does", .serialized, .timeLimit(.minutes(5)))
struct MutateConformanceTests {
    private static let flags: [ConformanceCase.Profile: [String]] = [
        .a: [],
        .b: [
            "--annotation-prefix", "irsa.example.com", "--aws-default-region", "us-gov-west-1",
            "--sts-regional-endpoint=true", "--token-mount-path", "/var/run/secrets/custom/path", "--token-expiration",
            "7200", "--token-audience", "custom-audience",
        ],
        .c: ["--watch-container-credentials-config=identities.json", "--aws-default-region=eu-central-1"],
    ]

    @Test(
        "with its defaults, with every flag set, and with container credentials",
        arguments: try ConformanceCase.Profile.allCases.flatMap { try ConformanceCase.all($0).prefix(2) }
    )
    func recorded(_ sample: ConformanceCase) async throws {
        let command = try MutateCommand()
        let account = try command.folder.write(Manifests.yaml(sample.serviceAccount), to: "account.yaml")
        try command.folder.write(ConformanceCase.identities([sample]) { $0.namespace }, to: "identities.json")
        let arguments = ["--service-accounts", account, "--namespace", sample.namespace]
        let pod = try await command.json(
            sample.pod.pretty,
            arguments + ["--annotate-pods=false"] + (Self.flags[sample.profile] ?? [])
        )
        let (actual, expected) = (ConformanceCase.normalised(pod), ConformanceCase.normalised(sample.expected))
        #expect(actual.isEquivalent(to: expected), "\(actual.pretty)\nis not\n\(expected.pretty)")
    }
}
