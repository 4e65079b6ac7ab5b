import TestPrograms
import TestSupport
import Testing

@Suite("The program as a kubectl plugin", .timeLimit(.minutes(1)))
struct KubectlPluginTests {
    private let folder: TemporaryDirectory

    init() throws {
        folder = try TemporaryDirectory()
        try folder.link("kubectl-pod_identity", to: WebhookProcess.executable)
    }

    private func run(_ arguments: String...) async throws -> Command.Output {
        try await Command(folder.path("kubectl-pod_identity"), arguments).run()
    }

    @Test("shows its usage instead of serving")
    func usage() async throws {
        let alone = try await run()
        #expect(alone.status == 0 && alone.text.contains("USAGE: kubectl pod-identity <subcommand>"))
        #expect(try await run("doctor", "--help").text.contains("USAGE: kubectl pod-identity doctor "))
        let help = try await run("mutate", "--help").text
        #expect(help.contains("USAGE: kubectl pod-identity mutate "))
        #expect(help.contains("  kubectl pod-identity mutate -f deployment.yaml --service-accounts sa.yaml\n"))
        #expect(!help.contains("pod-identity-webhook mutate"))
        let kubeConfig = try folder.write("apiVersion: v1\nkind: Config\nclusters: []\n", to: "kube config")
        let confused = try await run("mutate", "-f", kubeConfig)
        #expect(confused.errorText.contains("kubectl pod-identity doctor --kubeconfig '\(kubeConfig)'"))
        for arguments in [["serve"], ["--port=8443"]] {
            let refused = try await Command(folder.path("kubectl-pod_identity"), arguments).run()
            #expect(refused.status == 64 && refused.errorText.contains("kubectl pod-identity --help"))
        }
    }

    @Test("is found by kubectl, and mutates in the same way as under its own name")
    func mutate() async throws {
        let file = try folder.write(
            """
            apiVersion: v1
            kind: ServiceAccount
            metadata: {name: shop, annotations: {eks.amazonaws.com/role-arn: "arn:aws:iam::111122223333:role/shop"}}
            ---
            apiVersion: v1
            kind: Pod
            metadata: {name: shop}
            spec: {serviceAccountName: shop, containers: [{name: main, image: example}]}
            """,
            to: "pod.yaml"
        )
        let plugin = try await Command(
            ControlPlane.kubectlPath(),
            ["pod-identity", "mutate", "-f", file],
            environment: ["PATH": "\(folder.path):/usr/bin:/bin"]
        ).run()
        let program = try await Command(WebhookProcess.executable, ["mutate", "-f", file]).run()
        #expect(plugin.status == 0 && plugin.text == program.text && plugin.text.contains("AWS_ROLE_ARN"))
    }
}
