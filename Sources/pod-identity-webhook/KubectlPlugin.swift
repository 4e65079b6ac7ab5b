internal import ArgumentParser

/// The program under the name of a kubectl plugin: what people run, and not the server.
struct KubectlPlugin: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "kubectl pod-identity",
        abstract: "Show which cloud identity pods get, or why they get none.",
        version: PodIdentityWebhook.version,
        subcommands: [DoctorCommand.self, Mutate.self]
    )

    /// Whether kubectl runs the program of this path as `kubectl pod-identity`: it looks for a dash in a command as an
    /// underscore in a name.
    static func isName(of path: String?) -> Bool {
        path?.split(separator: "/").last == "kubectl-pod_identity"
    }
}
