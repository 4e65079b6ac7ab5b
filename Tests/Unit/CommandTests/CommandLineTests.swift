import ArgumentParser
import Testing

@testable import pod_identity_webhook

@Suite("A command line that cannot be used", .timeLimit(.minutes(5)))
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

    private static let words: [(String, String)] = [
        ("mutat -f x", "unknown subcommand 'mutat'; did you mean 'mutate'?" + subcommands),
        ("mutat --help", "unknown subcommand 'mutat'; did you mean 'mutate'?" + subcommands),
        ("xyz", "unknown subcommand 'xyz'" + subcommands),
        ("hlep", "unknown subcommand 'hlep'; did you mean 'help'?" + subcommands),
        ("issuer chek", "unknown subcommand 'chek'; did you mean 'check'?\nSubcommands: documents, thumbprint, check"),
        ("mutate x.yaml", "unexpected argument 'x.yaml'; did you mean '-f x.yaml'?"),
        ("mutate -f a.yaml b.yaml", "unexpected argument 'b.yaml'; did you mean '-f b.yaml'?"),
        ("--foo", "unknown option '--foo'"), ("--foo=1", "unknown option '--foo'"), ("-x", "unknown option '-x'"),
        ("--prot=1", "unknown option '--prot'; did you mean '--port'?"),
        ("--serviceaccounts x", "unknown option '--serviceaccounts'; did you mean '--service-accounts'?"),
        ("issuer --foo", "unknown option '--foo'"),
        ("mutate -f - --port 1", "unknown option '--port'; it is an option of serve"),
        ("-f x.yaml", "unknown option '-f, --filename'; it is an option of mutate"),
        ("--in-cluster false", "unexpected argument 'false'; write --in-cluster=false"),
        ("--port 1 mutate", "unexpected argument 'mutate'; a subcommand comes before all options"),
        ("serve x", "unexpected argument 'x'"),
    ]

    private static let values: [(String, String)] = [
        ("--shutdown-delay 5", "--shutdown-delay must be a duration, not \"5\": give a unit, such as 5s"),
        ("--resync-period=60", "--resync-period must be a duration, not \"60\": give a unit, such as 60s"),
        ("--scan-interval=soon", "--scan-interval must be a duration such as 500ms, 30s or 1h30m, not \"soon\""),
        ("--scan-interval=-5s", "--scan-interval must be 0s or more, not -5s"),
        ("--token-expiration=5", "--token-expiration must be 600 to 4294967296 seconds, not 5"),
        ("--token-expiration=599", "--token-expiration must be 600 to 4294967296 seconds, not 599"),
        ("--token-expiration=4294967297", "--token-expiration must be 600 to 4294967296 seconds, not 4294967297"),
        ("--token-expiration=1h", "--token-expiration must be a whole number of seconds, such as 3600, not \"1h\""),
        ("--google-token-expiration=59m59s", "--google-token-expiration must be 1h to 4294967296s, not 3599s"),
        (
            "--google-token-default-mode=9999",
            "--google-token-default-mode must be file permissions, 0 to 0777, such as 0440, not \"9999\""
        ),
        ("-v=-1", "--v must be 0 or more, not -1"), ("-v=much", "--v must be a whole number, not \"much\""),
        ("--port=70000", "--port must be 0 to 65535, not 70000"),
        ("--port=9999", "--port and --metrics-port must differ; both are 9999"),
        ("--port=http", "--port must be a whole number, not \"http\""),
        ("--service-account-lookup-rate=all", "--service-account-lookup-rate must be a number, not \"all\""),
        ("--log-format=xml", "--log-format must be text or json, not \"xml\""),
        ("--in-cluster=maybe", "--in-cluster must be true or false, not \"maybe\""),
        ("--log-level=loud", "--log-level must be info, debug, trace or all, not \"loud\""),
    ]

    @Test("says what to type instead", arguments: words + values)
    func mistakes(line: String, words: String) async throws {
        let error = try #require(await Self.error(line))
        #expect(error.description == words)
        #expect(error.report.hasPrefix("Error: \(words)\n"), "\(error.report)")
        #expect(error.report.contains("--help' for more information"), "\(error.report)")
    }

    @Test("as a kubectl plugin names its own subcommands")
    func plugin() async throws {
        let error = try #require(await Self.error("serve", of: KubectlPlugin.self))
        #expect(error.description == "unknown subcommand 'serve'\nSubcommands: doctor, mutate")
        #expect(error.report.contains("kubectl pod-identity --help"))
    }

    @Test(
        "is not one that can be used",
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
