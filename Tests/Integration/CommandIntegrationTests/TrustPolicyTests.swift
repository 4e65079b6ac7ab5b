import Foundation
import JSON
import TestPrograms
import TestSupport
import Testing

@Suite("The trust policies that the program prints", .timeLimit(.minutes(5)))
struct TrustPolicyTests {
    private func run(_ arguments: [String]) async throws -> Command.Output {
        try await Command(WebhookProcess.executable, ["trust-policy"] + arguments).run()
    }

    @Test("need no cluster if everything is given")
    func offline() async throws {
        let output = try await run([
            "-n", "shop", "--service-account", "reports", "--issuer", "https://oidc.example.com", "--audience",
            "sts.amazonaws.com", "--aws-account-id", "111122223333",
        ])
        let page = try String(contentsOfFile: "\(TestFolders.repository)/docs/trust-policies.md", encoding: .utf8)
        #expect(output.status == 0 && output.errorText.isEmpty)
        #expect(!output.text.isEmpty && page.contains("```json\n\(output.text)```\n"), "the page's policy differs")
    }

    @Test("support EKS Pod Identity")
    func podIdentity() async throws {
        let output = try await run(["--eks-pod-identity"])
        let statement = try JSONTree(parsing: output.text.utf8)["Statement"]?.elements?.first
        #expect(statement?[path: ["Principal", "Service"]]?.string == "pods.eks.amazonaws.com")
    }

    @Test("cause a warning if they are too long for IAM's quota")
    func quota() async throws {
        let accounts = (0..<80).map { "--service-account=namespace/account-with-a-long-name-\($0)" }
        let rest = ["--issuer=https://a", "--audience=b", "--aws-account-id=111122223333"]
        let output = try await run(accounts + rest)
        #expect(output.status == 0 && output.errorText.contains("more than 2048 need a higher IAM quota"))
    }

    @Test("need a ServiceAccount")
    func wrong() async throws {
        let output = try await run([])
        #expect(output.status == 64 && output.errorText.contains("-n NAMESPACE --service-account NAME"))
    }

    @Test("depend on flags that are all documented, as are those of doctor", arguments: ["trust-policy", "doctor"])
    func flags(_ command: String) async throws {
        let help = try await Command(WebhookProcess.executable, [command, "--experimental-dump-help"]).runText()
        let arguments = try #require(try JSONTree(parsing: help.utf8)[path: ["command", "arguments"]]?.elements)
        let names = arguments.filter { $0["shouldDisplay"] == .literal("true") && $0["kind"]?.string == "option" }
            .compactMap { $0["names"]?.elements?.first { $0["kind"]?.string == "long" }?["name"]?.string }
        var pages = try Documentation.rows("Flags", of: "doctor.md")
        pages += try Documentation.rows(
            command == "doctor" ? "Flags of `serve`" : "The policy that a role needs",
            of: command == "doctor" ? "reference.md" : "trust-policies.md"
        )
        let documented = Set(pages.flatMap { $0[0].components(separatedBy: ", ") })
        #expect(names.count > 10 && names.filter { !documented.contains("--\($0)") } == [])
    }
}
