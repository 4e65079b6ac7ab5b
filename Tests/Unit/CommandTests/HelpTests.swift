import ArgumentParser
import Testing

@testable import pod_identity_webhook

@Suite("The help", .timeLimit(.minutes(5)))
struct HelpTests {
    /// The program and all its subcommands.
    private static let commands: [any ParsableCommand.Type] = {
        var all: [any ParsableCommand.Type] = []
        var rest: [any ParsableCommand.Type] = [PodIdentityWebhook.self]
        while let command = rest.popLast() {
            all.append(command)
            rest += command.configuration.subcommands
        }
        return all
    }()

    @Test(
        "shows a command's own options before those that it shares with others",
        arguments: [
            ("serve", "--kubeconfig <path>"), ("mutate", "-f, --filename <path>"), ("doctor", "-n, --namespace <name>"),
            ("policy", "--name <name>"), ("trust-policy", "-n, --namespace <name>"), ("check", "<url>"),
            ("documents", "--url <url>"), ("lint", "<path>"), ("completion", "<bash|zsh|fish>"),
        ]
    )
    func order(name: String, first: String) throws {
        let command = try #require(Self.commands.first { $0._commandName == name })
        let help = PodIdentityWebhook.helpMessage(for: command)
        let sections = try #require(help.firstRange(of: "USAGE: ")).upperBound
        let options = help[sections...].split(separator: "\n").filter { $0.hasPrefix("  -") || $0.hasPrefix("  <") }
        #expect(options.first?.hasPrefix("  \(first)") ?? false, "\(help)")
    }

    private static let types: Set<String> = [
        "account", "audience", "bash|zsh|fish", "bytes", "cloud", "clouds", "direct|gcloud", "duration", "group",
        "host:port", "image", "json", "level", "lost|warning", "mode", "name", "names", "namespace/name",
        "[namespace/]name", "number", "partition", "path", "pem", "pod|none", "port", "prefix",
        "profile.setting=value", "rate", "region", "seconds", "suffix", "tenant", "text|json", "true|false", "uid",
        "url", "user", "version", "yaml|json|patch|diff",
    ]

    @Test("shows the type of each value")
    func valueTypes() {
        for command in Self.commands {
            for flag in DeclaredFlags(command).flags where !flag.isHidden {
                #expect(
                    Self.types.contains(flag.valueName),
                    "\(command._commandName) --\(flag.name) <\(flag.valueName)>"
                )
            }
        }
    }

    @Test("shows what can be typed: a boolean's value after =, and which options are optional")
    func syntax() {
        for command in Self.commands {
            let help = HelpText.help(of: command, in: PodIdentityWebhook.self)
            #expect(!help.contains("<true|false>") && !help.contains(" <options>"), "\(command._commandName)")
        }
        let serve = HelpText.help(of: Serve.self, in: PodIdentityWebhook.self)
        #expect(serve.contains("\nUSAGE: pod-identity-webhook serve [<options>]\n"))
        #expect(serve.contains("\n  --in-cluster[=true|false]\n"), "\(serve)")
    }

    @Test("describes each option, and does not break the lines of an example")
    func style() {
        for command in Self.commands {
            let help = HelpText.help(of: command, in: PodIdentityWebhook.self)
            #expect(!help.contains("  Whether "), "\(command._commandName)")
            #expect(!help.split(separator: "\n").contains("-"), "\(command._commandName)")
        }
    }

    @Test("has examples that can be typed, and the exit statuses of commands for scripts")
    func examples() async {
        var count = 0
        for command in Self.commands {
            let text = command.configuration.discussion.replacing(" \\\n", with: " ")
            for line in text.split(separator: "\n") where line.hasPrefix("  ") {
                guard let start = line.firstRange(of: "pod-identity-webhook ") else { continue }
                let typed = line[start.upperBound...].prefix { !"|>)".contains($0) }
                let error = await CommandLineTests.error(String(typed))
                #expect(error == nil, "\(line): \(error?.description ?? "")")
                count += 1
            }
        }
        #expect(count > 15)
        for command in [
            PodIdentityWebhook.self, Serve.self, Mutate.self, DoctorCommand.self, PolicyCommand.self,
            TrustPolicyCommand.self, IssuerDocumentsCommand.self, IssuerThumbprintCommand.self, IssuerCheckCommand.self,
            ProfileLint.self, ProfileTests.self,
        ] as [any ParsableCommand.Type] {
            #expect(command.configuration.discussion.contains("Exit status:\n"), "\(command._commandName)")
        }
    }
}
