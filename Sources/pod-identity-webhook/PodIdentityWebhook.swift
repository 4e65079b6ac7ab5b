internal import ArgumentParser

@main
struct PodIdentityWebhook: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pod-identity-webhook",
        abstract: "Gives pods their cloud identity: a mutating admission webhook for Kubernetes.",
        discussion: """
            A drop-in replacement for the Amazon EKS pod identity webhook: the same flags, the same annotations, the \
            same effect on a pod.
            """,
        version: version,
        subcommands: [
            Serve.self, Mutate.self, DoctorCommand.self, PolicyCommand.self, TrustPolicyCommand.self,
            IssuerCommand.self, ProfileCommand.self,
        ],
        defaultSubcommand: Serve.self
    )

    static let version = "0.1.0"

    static func main() async {
        if Sleep.isName(of: CommandLine.arguments.first) { Sleep.run(CommandLine.arguments.dropFirst().first) }
        PrivilegedPorts.allowIfPermitted()
        let isPlugin = KubectlPlugin.isName(of: CommandLine.arguments.first)
        if isPlugin { await KubectlPlugin.runMain() } else { await runMain() }
    }
}

extension AsyncParsableCommand {
    /// Runs the command with the arguments of the process.
    fileprivate static func runMain() async {
        do {
            await main(try PFlagSyntax.normalise(Array(CommandLine.arguments.dropFirst())))
        } catch {
            exit(withError: ValidationError("\(error)"))
        }
    }
}
