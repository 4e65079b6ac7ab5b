internal import ArgumentParser
internal import CBuildCommit

@main
struct PodIdentityWebhook: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pod-identity-webhook",
        abstract: "Give pods their cloud identity: a mutating admission webhook for Kubernetes.",
        discussion: """
            A drop-in replacement for the Amazon EKS pod identity webhook: the same flags, the same annotations, the \
            same effect on a pod. Without a subcommand it serves.

            Examples:
              pod-identity-webhook --port=8443
              pod-identity-webhook mutate -f deployment.yaml -o diff
              pod-identity-webhook doctor -n shop

            Exit status:
              0   success
              1   failure; see doctor --help, issuer check --help and mutate --help
              64  usage error
            """,
        version: version,
        subcommands: [
            Serve.self, Mutate.self, DoctorCommand.self, PolicyCommand.self, TrustPolicyCommand.self,
            IssuerCommand.self, ProfileCommand.self, CompletionCommand.self,
        ],
        defaultSubcommand: Serve.self
    )

    static let version = "0.1.0"
    /// The commit that it was built from, such as `0123456789ab` or `0123456789ab-dirty`; empty if unknown.
    static let commit = String(cString: build_commit())

    static func main() async {
        if Sleep.isName(of: CommandLine.arguments.first) { Sleep.run(CommandLine.arguments.dropFirst().first) }
        PrivilegedPorts.allowIfPermitted()
        await KubectlPlugin.root(of: CommandLine.arguments.first).runMain()
    }
}
