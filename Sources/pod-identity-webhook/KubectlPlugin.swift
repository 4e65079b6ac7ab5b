internal import ArgumentParser

/// The program as a kubectl plugin: only the commands for users, without the server.
struct KubectlPlugin: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "kubectl pod-identity",
        abstract: "Show which cloud identity pods get, or why they get none.",
        version: PodIdentityWebhook.version,
        subcommands: [DoctorCommand.self, Mutate.self]
    )

    /// Whether kubectl runs the program at this path as `kubectl pod-identity`: for a dash in a command, it looks for
    /// an underscore in the name.
    static func isName(of path: String?) -> Bool {
        path?.split(separator: "/").last == "kubectl-pod_identity"
    }

    /// The command that people call when they run the program at this path.
    static func root(of path: String?) -> any AsyncParsableCommand.Type {
        isName(of: path) ? KubectlPlugin.self : PodIdentityWebhook.self
    }
}
