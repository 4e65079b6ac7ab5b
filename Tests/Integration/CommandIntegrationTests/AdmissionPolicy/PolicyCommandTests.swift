import Foundation
import JSON
import Kubernetes
import TestPrograms
import TestSupport
import Testing

@Suite("policy", .timeLimit(.minutes(5)))
struct PolicyCommandTests {
    /// A folder of `Fixtures/Policies`: `flags`, with one per line, and `policy.yaml`.
    struct Golden: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let flags: [String]
        let expected: String

        static func all() throws -> [Golden] {
            let root = Fixtures.path("Policies")
            return try FileManager.default.contentsOfDirectory(atPath: root).sorted().map { name in
                Golden(
                    testDescription: name,
                    flags: try Fixtures.text("Policies/\(name)/flags").split(separator: "\n").map(String.init),
                    expected: try Fixtures.text("Policies/\(name)/policy.yaml")
                )
            }
        }
    }

    private func run(_ arguments: [String]) async throws -> Command.Output {
        try await Command(MutateCommand.program, ["policy"] + arguments).run()
    }

    @Test("prints what the golden folders contain", arguments: try Golden.all())
    func golden(_ sample: Golden) async throws {
        let output = try await run(sample.flags)
        #expect(output.status == 0 && output.text == sample.expected, "\(output.errorText)\(output.text)")
    }

    @Test("prints what a current Kubernetes accepts")
    func schemas() async throws {
        let folder = try TemporaryDirectory()
        for sample in PolicyPod.flags {
            let manifests = try await PolicyEvaluation.manifests(sample.flags)
            let files = try manifests.enumerated().map { try folder.write($1.pretty, to: "\($0).json") }
            try await Command("kubernetes-validate", ["--strict", "--quiet"] + files).runText()
        }
    }

    @Test("preserves every flag's value through YAML and CEL")
    func escapes() async throws {
        let audience = "a \"b\" \\ 'c': {d}\n\t\r\u{85}\u{2028}#é😀$(X) "
        let manifests = try await PolicyEvaluation.manifests(["--token-audience", audience, "--name=own"])
        #expect(manifests.map { $0[path: ["metadata", "name"]]?.string } == ["own", "own"])
        let trial = PolicyPod.plain(account: [:], pod: [:])
        let outcome = try #require(try await PolicyEvaluation.outcomes(["--token-audience", audience], [trial]).first)
        let source = outcome.once[path: ["spec", "volumes"]]?[0]?[path: ["projected", "sources"]]?[0]
        #expect(source?[path: ["serviceAccountToken", "audience"]]?.string == audience)
    }

    @Test(
        "names the flags that only the webhook follows",
        arguments: [
            (["--watch-config-map"], "ConfigMap"), (["--namespace-roles"], "Namespaces"),
            (["--compose-role-arn"], "--aws-partition"), (["--providers=aws,google"], "other clouds"),
        ]
    )
    func notes(flags: [String], word: String) async throws {
        let output = try await run(flags)
        #expect(output.status == 0 && output.errorText.contains(word), "\(output.errorText)")
        #expect(try await run([]).errorText.isEmpty)
    }

    @Test("leaves out the ServiceAccounts of EKS Pod Identity")
    func podIdentity() async throws {
        let folder = try TemporaryDirectory()
        let text =
            #"{"identities":[{"namespace":"store","serviceAccount":"app"},{"namespace":"a","serviceAccount":"b"}]}"#
        let flags = ["--watch-container-credentials-config=\(try folder.write(text, to: "identities.json"))"]
        let trials = ["store", "other"].map { namespace in
            let plain = PolicyPod.plain(account: [:], pod: [:])
            return PolicyEvaluation.Trial(pod: plain.pod, serviceAccount: plain.serviceAccount, namespace: namespace)
        }
        let outcomes = try await PolicyEvaluation.outcomes(flags, trials)
        #expect(outcomes.map { $0.once == $0.before } == [true, false])
        let missing = try await run(["--watch-container-credentials-config=\(folder.path)/missing.json"])
        #expect(missing.status != 0 && missing.text.isEmpty && missing.errorText.contains("missing.json"))
    }

    @Test("gives a role only to pods of its own ServiceAccount, and not to pods with the skip label")
    func conditions() async throws {
        let plain = PolicyPod.plain(account: [:], pod: [:])
        var (other, labelled, withoutRole) = (plain.serviceAccount, plain.pod, plain.serviceAccount)
        other[path: ["metadata", "name"]] = .string("other")
        labelled[path: ["metadata", "labels"]] = .object(["eks.amazonaws.com/skip-pod-identity-webhook": .string("")])
        withoutRole[path: ["metadata", "annotations"]] = nil
        let outcomes = try await PolicyEvaluation.outcomes(
            [],
            [
                .init(pod: plain.pod, serviceAccount: other),
                .init(pod: labelled, serviceAccount: plain.serviceAccount),
                .init(pod: plain.pod, serviceAccount: withoutRole), plain,
            ]
        )
        #expect(outcomes.map { $0.once == $0.before } == [true, true, true, false])
    }

    @Test("refuses invalid flags", arguments: [["--providers=google"], ["--token-mount-path=x"], ["--name="], ["x"]])
    func refusals(flags: [String]) async throws {
        let output = try await run(flags)
        #expect(output.status == 64 && output.text.isEmpty, "\(output.status) \(output.errorText)")
    }
}
