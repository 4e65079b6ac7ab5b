import JSON
import Kubernetes
import TestPrograms
import TestSupport
import Testing

/// Tests how flags and files reach the domain. Other tests run all cases through the domain and the server.
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

    @Test(
        "and what Azure's does",
        arguments: try CloudCase.all(.z).filter { $0.isSelected && $0.outcome == .mutated }.prefix(2)
    )
    func azure(_ sample: CloudCase) async throws {
        let command = try MutateCommand()
        let account = try command.folder.write(Manifests.yaml(try #require(sample.serviceAccount)), to: "account.yaml")
        let pod = try await command.json(
            sample.pod.pretty,
            [
                "--service-accounts", account, "--namespace", sample.namespace, "--providers=azure",
                "--azure-tenant-id=11111111-1111-1111-1111-111111111111",
            ]
        )
        if let difference = sample.difference(pod) { Issue.record("\(difference)") }
    }

    @Test("and what pfnet-research's webhook for Google does", arguments: ["g-6", "g-63"])
    func google(id: String) async throws {
        let sample = try #require(try CloudCase.all(.g).first { $0.id == id })
        let command = try MutateCommand()
        let account = try command.folder.write(Manifests.yaml(try #require(sample.serviceAccount)), to: "account.yaml")
        let pod = try await command.json(
            sample.pod.pretty,
            [
                "--service-accounts", account, "--namespace", sample.namespace, "--providers=google",
                "--google-default-injection-mode=gcloud",
            ]
        )
        let difference = sample.googleDifference(pod, isDenied: false)
        #expect(difference == nil, "\(difference ?? "")")
    }
}
