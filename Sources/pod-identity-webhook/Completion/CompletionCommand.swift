internal import ArgumentParser

struct CompletionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "completion",
        abstract: "Print a completion script for a shell.",
        discussion: """
            Examples:
              source <(pod-identity-webhook completion bash)
              pod-identity-webhook completion zsh > "${fpath[1]}/_pod-identity-webhook"
              pod-identity-webhook completion fish \\
                > ~/.config/fish/completions/pod-identity-webhook.fish
            """
    )

    enum Shell: String, ExpressibleByArgument, CaseIterable { case bash, zsh, fish }

    @Argument(help: .value("bash|zsh|fish", "The shell."))
    var shell: Shell

    func run() throws { try StandardOutput.write(Array(CompletionScript.text(for: shell).utf8)) }
}
