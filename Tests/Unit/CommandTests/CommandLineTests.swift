import ArgumentParser
import Testing

@testable import pod_identity_webhook

@Suite("An invalid command line", .timeLimit(.minutes(5)))
struct CommandLineTests {
    private static let subcommands =
        "\nSubcommands: serve (default), mutate, doctor, policy, trust-policy, issuer, profile, completion"

    static func error(
        _ line: String,
        of root: any AsyncParsableCommand.Type = PodIdentityWebhook.self
    ) async -> CommandLineError? {
        do {
            _ = try await root.command(typed: line.split(separator: " ").map(String.init))
            return nil
        } catch {
            return error as? CommandLineError
        }
    }

    private static let output = "mutate, doctor, issuer documents, issuer check, profile show"

    private static let words: [(String, String)] = [
        ("mutat -f x", "unknown subcommand 'mutat'; did you mean 'mutate'?" + subcommands),
        ("mutat --help", "unknown subcommand 'mutat'; did you mean 'mutate'?" + subcommands),
        ("xyz", "unknown subcommand 'xyz'" + subcommands),
        ("hlep", "unknown subcommand 'hlep'; did you mean 'help'?" + subcommands),
        ("issuer chek", "unknown subcommand 'chek'; did you mean 'check'?\nSubcommands: documents, thumbprint, check"),
        ("mutate x.yaml", "unexpected argument 'x.yaml'; did you mean '-f x.yaml'?"),
        ("mutate -f a.yaml b.yaml", "unexpected argument 'b.yaml'; did you mean '-f b.yaml'?"),
        ("--foo", "unknown option '--foo'"),
        ("--foo=1", "unknown option '--foo'"),
        ("-x", "unknown option '-x'"),
        ("--prot=1", "unknown option '--prot'; did you mean '--port'?"),
        ("--serviceaccounts x", "unknown option '--serviceaccounts'; did you mean '--service-accounts'?"),
        ("issuer --foo", "unknown option '--foo'"),
        ("mutate -f - --port 1", "unknown option '--port'; it is an option of serve"),
        ("-f x.yaml", "unknown option '-f'; it is an option of mutate"),
        ("-o json", "unknown option '-o'; it is an option of \(output)"),
        ("--output json", "unknown option '--output'; it is an option of \(output)"),
        ("--in-cluster false", "--in-cluster takes no separate value; write --in-cluster=false"),
        ("mutate -f x --annotate-pods no", "--annotate-pods takes no separate value; write --annotate-pods=false"),
        ("mutate -f x --annotate-pods ON", "--annotate-pods takes no separate value; write --annotate-pods=true"),
        ("mutate --annotate-pods x.yaml", "unexpected argument 'x.yaml'; did you mean '-f x.yaml'?"),
        ("doctor -v 2", "unexpected argument '2'; -v takes no value"),
        ("doctor --verbose 2", "unexpected argument '2'; --verbose takes no value"),
        ("doctor shop", "unexpected argument 'shop'; did you mean '-n shop'?"),
        ("doctor -A", "unknown option '-A'; doctor looks at all namespaces unless you pass -n"),
        (
            "doctor --all-namespaces",
            "unknown option '--all-namespaces'; doctor looks at all namespaces unless you pass -n"
        ),
        ("trust-policy reports", "unexpected argument 'reports'; did you mean '--service-account reports'?"),
        ("mutate --file x.yaml", "unknown option '--file'; did you mean '--filename'?"),
        ("mutate -f --help -o bad", "--output must be yaml, json, patch or diff, not \"bad\""),
        ("mutate -f x -o bad -- --help", "--output must be yaml, json, patch or diff, not \"bad\""),
        ("version", "unknown subcommand 'version'; did you mean '--version'?" + subcommands),
        ("-V", "unknown option '-V'; did you mean '--version'?"),
        ("--Version", "unknown option '--Version'; did you mean '--version'?"),
        ("--versoin", "unknown option '--versoin'; did you mean '--version'?"),
        ("-- x", "unexpected argument 'x'"),
        ("mutate -f x -- y", "unexpected argument 'y'; did you mean '-f y'?"),
        ("issuer thumbprint https://a b", "unexpected argument 'b'"),
        ("--port 1 mutate", "unexpected argument 'mutate'; a subcommand comes before all options"),
        ("serve x", "unexpected argument 'x'"),
    ]

    private static let missing: [(String, String)] = [
        ("mutate", "mutate needs -f FILE, or -f - for standard input"),
        ("mutate -o json", "mutate needs -f FILE, or -f - for standard input"),
        ("mutate -f - -n", "-n needs a value"),
        ("mutate -f", "-f needs a value"),
        ("mutate -f - --namespace", "--namespace needs a value"),
        ("-v", "-v needs a value"),
        ("--port", "--port needs a value"),
        ("--port=", "--port needs a value"),
        ("--log-format=", "--log-format needs a value"),
        ("issuer documents", "issuer documents needs --url URL and -o PATH"),
        ("issuer documents --output x", "issuer documents needs --url URL"),
        ("issuer thumbprint", "issuer thumbprint needs URL"),
        ("profile lint", "profile lint needs PATH"),
        ("completion", "completion needs bash, zsh or fish"),
    ]

    private static let values: [(String, String)] = [
        ("mutate -f - -o DIFF", "--output must be yaml, json, patch or diff, not \"DIFF\""),
        ("completion tcsh", "the shell must be bash, zsh or fish, not \"tcsh\""),
        (
            "--token-expiration=99999999999999999999",
            "--token-expiration must be 600 to 4294967296 seconds, not 99999999999999999999"
        ),
        ("--port=99999999999999999999", "--port must be 0 to 65535, not 99999999999999999999"),
        (
            "--max-connections=99999999999999999999",
            "--max-connections must be a smaller number, not 99999999999999999999"
        ),
        ("--shutdown-delay 5", "--shutdown-delay must be a duration, not \"5\": give a unit, such as 5s"),
        ("--scan-interval=soon", "--scan-interval must be a duration such as 500ms, 30s or 1h30m, not \"soon\""),
        ("--token-expiration=1h", "--token-expiration must be a whole number of seconds, such as 3600, not \"1h\""),
        (
            "--google-token-default-mode=9999",
            "--google-token-default-mode must be file permissions, 0 to 0777, such as 0440, not \"9999\""
        ),
        ("-v=much", "--v must be a whole number, not \"much\""),
        ("--port=http", "--port must be a whole number, not \"http\""),
        ("--service-account-lookup-rate=all", "--service-account-lookup-rate must be a number, not \"all\""),
        ("--log-format=xml", "--log-format must be text or json, not \"xml\""),
    ]

    /// Mistakes that are not detected in `CommandLineMistakes`.
    private static let refused: [(String, String)] = [
        ("-version", "unknown option '-version'; did you mean '--version'?"),
        ("mutate -filename=x", "unknown option '-filename'; did you mean '--filename'?"),
        ("help docter", "unknown subcommand 'docter'; did you mean 'doctor'?" + subcommands),
        ("help foo", "unknown subcommand 'foo'" + subcommands),
        ("--help foo", "unknown subcommand 'foo'" + subcommands),
        (
            "--generate-completion-script bash",
            "unknown option '--generate-completion-script'; did you mean 'completion'?"
        ),
        (
            "doctor -v --generate-completion-script=zsh",
            "unknown option '--generate-completion-script'; did you mean 'completion'?"
        ),
        (
            "-h issuer chek",
            "unknown subcommand 'chek'; did you mean 'check'?\nSubcommands: documents, thumbprint, check"
        ),
        ("--providers=aws,gcp", "--providers: unknown cloud \"gcp\"; known are aws, google, azure"),
        ("--token-audience=", "--token-audience must not be empty"),
        ("--kubernetes-version=1.10", "--kubernetes-version must be 1.20 or later, not 1.10"),
        ("--kubernetes-version=v0.99", "--kubernetes-version must be 1.20 or later, not v0.99"),
        ("--aws-default-region=eu_west", "--aws-default-region must be a region such as eu-west-1, not \"eu_west\""),
        ("--annotation-prefix=a/b", "--annotation-prefix must be a DNS name such as eks.amazonaws.com, not \"a/b\""),
        ("mutate -f - -n Bad_NS", "--namespace must be the name of a namespace, not \"Bad_NS\""),
        ("policy --name Bad_Name", "--name must consist of lower-case letters, digits, - and ., not \"Bad_Name\""),
        ("doctor --connect foo", "--connect must be HOST:PORT, not \"foo\""),
        ("mutate -f=", "--filename must not be empty"),
        ("mutate -f https://a/b", "cannot read https://a/b: URLs are not supported; download the file first"),
        ("mutate -f - --service-accounts -", "--service-accounts must name a file; only -f reads standard input"),
        ("--service-accounts -", "--service-accounts must name a file; standard input is not read"),
        ("trust-policy --service-account a/b/c", "--service-account must be NAME or NAMESPACE/NAME, not \"a/b/c\""),
        (
            "trust-policy --eks-pod-identity --service-account a/b",
            "--eks-pod-identity needs no --service-account; drop it"
        ),
        ("--resync-period=60", "--resync-period must be a duration, not \"60\": give a unit, such as 60s"),
        ("--scan-interval=-5s", "--scan-interval must be 0s or more, not -5s"),
        ("--token-expiration=5", "--token-expiration must be 600 to 4294967296 seconds, not 5"),
        ("--token-expiration=599", "--token-expiration must be 600 to 4294967296 seconds, not 599"),
        ("--token-expiration=4294967297", "--token-expiration must be 600 to 4294967296 seconds, not 4294967297"),
        ("--google-token-expiration=59m59s", "--google-token-expiration must be 1h to 4294967296s, not 3599s"),
        ("-v=-1", "--v must be 0 or more, not -1"),
        ("--port=70000", "--port must be 0 to 65535, not 70000"),
        ("--port=9999", "--port and --metrics-port must differ; both are 9999"),
        ("--in-cluster=maybe", "--in-cluster must be true or false, not \"maybe\""),
        ("--log-level=loud", "--log-level must be info, debug, trace or all, not \"loud\""),
    ]

    @Test("gets a suggestion for what to type instead", arguments: words + missing + values)
    func mistakes(line: String, words: String) {
        let typed = line.split(separator: " ").map(String.init)
        #expect(CommandLineMistakes(PodIdentityWebhook.self, typed).first == words)
    }

    @Test(
        "is refused with these words first, and with a reference to the help",
        arguments: refused + [words[0], missing[0], values[0]]
    )
    func report(line: String, words: String) async throws {
        let error = try #require(await Self.error(line))
        #expect(error.description == words)
        #expect(error.report.hasPrefix("Error: \(words)\n"), "\(error.report)")
        #expect(error.report.contains("--help' for more information"), "\(error.report)")
        #expect(!error.report.contains("Help:"), "\(error.report)")
    }

    @Test(
        "refers to the help of the subcommand that it is for",
        arguments: [
            ("profile check", "profile"), ("issuer chek", "issuer"), ("help docter", ""), ("docter", ""),
            ("mutate -f x --annotate-pods=maybe", "mutate"), ("doctor --bogus", "doctor"), ("--bogus", "serve"),
            ("profile lint", "profile lint"), ("--resync-period=1", "serve"), ("--help=false", "serve"),
            ("completion tcsh", "completion"),
        ]
    )
    func usage(line: String, command: String) async throws {
        let name = "pod-identity-webhook" + (command.isEmpty ? "" : " \(command)")
        let report = try #require(await Self.error(line)).report
        #expect(report.contains("\nUsage: \(name) "), "\(report)")
        #expect(report.hasSuffix("\n  See '\(name) --help' for more information."), "\(report)")
    }

    @Test(
        "has no suggestion for an empty argument",
        arguments: [["mutate", ""], ["doctor", ""], ["mutate", "-f", "x", ""]]
    )
    func emptyArgument(typed: [String]) {
        #expect(CommandLineMistakes(PodIdentityWebhook.self, typed).first == "unexpected empty argument")
    }

    @Test("is quoted without control characters")
    func controlCharacters() async throws {
        let report = try #require(await Self.error("mutate\u{1b}[31m")).report
        #expect(report.hasPrefix("Error: unknown subcommand 'mutate?[31m'") && report.contains("\nSubcommands: "))
    }

    @Test(
        "shows the help if it asks for it, whatever else is wrong",
        arguments: [
            ("help", ""), ("help mutate", "mutate"), ("-h mutate", "mutate"), ("--help issuer check", "issuer check"),
            ("mutate help", "mutate"), ("doctor help", "doctor"), ("profile help", "profile"),
            ("profile help lint", "profile lint"), ("serve help", "serve"), ("--port=abc --help", "serve"),
            ("mutate --bogus --help", "mutate"), ("mutate --annotate-pods=maybe -h", "mutate"),
            ("profile lint -h", "profile lint"),
        ]
    )
    func help(line: String, command: String) async throws {
        let name = "pod-identity-webhook" + (command.isEmpty ? "" : " \(command)")
        var text: String?
        do {
            _ = try await PodIdentityWebhook.command(typed: line.split(separator: " ").map(String.init)).asHelp()
        } catch {
            text = (error as? HelpRequest)?.text ?? PodIdentityWebhook.fullMessage(for: error)
        }
        #expect(text?.contains("\nUSAGE: \(name) ") ?? false, "\(text ?? "nothing")")
    }

    @Test("of the kubectl plugin names the plugin's subcommands")
    func plugin() async throws {
        let error = try #require(await Self.error("serve", of: KubectlPlugin.self))
        #expect(error.description == "unknown subcommand 'serve'\nSubcommands: doctor, mutate")
        #expect(error.report.contains("kubectl pod-identity --help"))
        let script = await Self.error("--generate-completion-script", of: KubectlPlugin.self)
        #expect(script?.description == "unknown option '--generate-completion-script'")
    }

    @Test(
        "is distinguished from valid ones",
        arguments: [
            "", "--port=1 -v2 --in-cluster=false", "mutate -f -", "doctor -v -n shop", "issuer thumbprint https://x",
            "profile lint a b", "--token-expiration=600", "--token-expiration=4294967296", "-v=10",
            "--aws-default-region=",
            "--google-token-default-mode=0777 --google-default-injection-mode=DIRECT", "--scan-interval=0",
            "completion bash", "help mutate",
        ]
    )
    func usable(line: String) async {
        #expect(await Self.error(line) == nil)
    }
}

extension ParsableCommand {
    /// Parses the command line; the argument parser turns a request for help into a command that throws the text.
    fileprivate func asHelp() throws {
        var command = self
        if Self._commandName == CommandPath.help { try command.run() }
    }
}
