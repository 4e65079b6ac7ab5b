import ArgumentParser
import JSON
import Testing

@testable import GoSyntax
@testable import pod_identity_webhook

@Suite("A command line in Go's pflag syntax", .timeLimit(.minutes(5)))
struct PFlagSyntaxTests {
    private static let table: [(String, String)] = [
        ("", ""), ("--port=443", "--port=443"), ("--port 443", "--port=443"),
        ("--token-audience --port", "--token-audience=--port"), ("--token-audience=a=b", "--token-audience=a=b"),
        ("--in-cluster", "--in-cluster=true"), ("--in-cluster=false --port 1", "--in-cluster=false --port=1"),
        ("--in-cluster false", "--in-cluster=true false"), ("--in-cluster=T", "--in-cluster=true"),
        ("--in-cluster=1 --in-cluster=0", "--in-cluster=true --in-cluster=false"),
        ("--in-cluster=F", "--in-cluster=false"),
        ("--sts-regional-endpoint --port 1", "--sts-regional-endpoint=true --port=1"),
        ("-v 2", "--v=2"), ("-v2", "--v=2"), ("-v=2", "--v=2"), ("--v=2", "--v=2"), ("--v 2", "--v=2"),
        ("doctor -v -n ns", "doctor --verbose=true --namespace=ns"), ("doctor -v=0", "doctor --verbose=false"),
        ("mutate -f - -o json -n ns", "mutate --filename=- --output=json --namespace=ns"),
        ("mutate -fx.yaml -ojson", "mutate --filename=x.yaml --output=json"), ("mutate -f -o", "mutate --filename=-o"),
        ("mutate --filename a --filename b", "mutate --filename=a --filename=b"), ("-h", "-h"), ("--help", "--help"),
        ("mutate --help", "mutate --help"), ("- x", "- x"),
        ("--port 1 -- --in-cluster -v", "--port=1 -- --in-cluster -v"),
        ("--unknown value", "--unknown=value"), ("--port -1", "--port=-1"),
        // The argument parser reports missing values.
        ("--port", "--port"), ("--unknown", "--unknown"), ("-f", "-f"),
        ("--logtostderr --port 1", "--without-effect=logtostderr --port=1"),
        ("--logtostderr=false", "--without-effect=logtostderr"), ("--vmodule a=1", "--without-effect=vmodule"),
        ("--resync-period 60s", "--without-effect=resync-period"),
        ("--zap-devel --zap-log-level debug", "--without-effect=zap-devel --without-effect=zap-log-level"),
        (
            "--leader-elect --metrics-bind-address=:8080",
            "--without-effect=leader-elect --without-effect=metrics-bind-address"
        ),
        ("--health-probe-bind-address :8081", "--without-effect=health-probe-bind-address"),
        ("--gcloud-image=x --gcp-default-region eu", "--google-gcloud-image=x --google-default-region=eu"),
        ("--token-default-mode 0440", "--google-token-default-mode=0440"),
        ("--default-injection-mode=gcloud", "--google-default-injection-mode=gcloud"),
        ("--setup-container-resources {}", "--google-setup-container-resources={}"),
        ("--audience x --log-level=debug", "--azure-audience=x --v=2"),
        ("--webhook-cert-dir /certs", "--tls-cert=/certs/tls.crt --tls-key=/certs/tls.key"),
        ("--disable-cert-rotation --metrics-addr :8095", "--in-cluster=false --metrics-port=8095"),
        ("--disable-cert-rotation=false", "--in-cluster=true"),
        (
            "--health-addr=:9440 --metrics-backend prometheus",
            "--without-effect=health-addr --without-effect=metrics-backend"
        ),
    ]

    @Test("is converted to one form", arguments: table)
    func normalised(line: String, expected: String) throws {
        let arguments = line.split(separator: " ").map(String.init)
        #expect(try PFlagSyntax.normalise(arguments).joined(separator: " ") == expected)
    }

    @Test("preserves empty values and values with spaces")
    func values() throws {
        #expect(try PFlagSyntax.normalise(["--aws-default-region", ""]) == ["--aws-default-region", ""])
        #expect(
            try PFlagSyntax.normalise(["--token-audience", "a b", "-f", ""]) == [
                "--token-audience=a b", "--filename", "",
            ]
        )
    }

    @Test(
        "is refused with an invalid value",
        arguments: [
            (["--in-cluster=maybe"], "--in-cluster must be true or false, not \"maybe\""),
            (["--skip_headers=x"], "--skip_headers must be true or false, not \"x\""),
            (["--resync-period=60"], "--resync-period must be a duration, not \"60\": give a unit, such as 60s"),
            (["--in-cluster="], "--in-cluster must be true or false, not \"\""),
        ]
    )
    func failures(arguments: [String], message: String) {
        let error = #expect(throws: PFlagSyntax.Failure.self) { try PFlagSyntax.normalise(arguments) }
        #expect(error?.description == message)
    }

    /// The declared flags of all subcommands that take a value.
    private func declaredFlags() throws -> [(command: String, flag: JSONTree)] {
        let help = try JSONTree(parsing: PodIdentityWebhook._dumpHelp().utf8)
        let commands = try #require(help[path: ["command", "subcommands"]]?.elements)
        return commands.flatMap { command in
            options(of: command).map { (command["commandName"]?.string ?? "", $0) }
        }
    }

    /// The options of a command and its subcommands, which are parsed by the same rules.
    private func options(of command: JSONTree) -> [JSONTree] {
        let own = (command["arguments"]?.elements ?? []).filter { $0["kind"]?.string == "option" }
        return own + (command["subcommands"]?.elements ?? []).flatMap { options(of: $0) }
    }

    private func names(of flag: JSONTree, _ kind: String) -> [String] {
        (flag["names"]?.elements ?? []).filter { $0["kind"]?.string == kind }.compactMap { $0["name"]?.string }
    }

    @Test("has its boolean flags recognised, which would otherwise take the next argument as their value")
    func booleans() throws {
        let flags = try declaredFlags().map(\.flag)
        let booleans = flags.filter { ["true", "false"].contains($0["defaultValue"]?.string) }
        #expect(Set(booleans.flatMap { names(of: $0, "long") }) == PFlagSyntax.booleans)
    }

    @Test("has its flags with a one-letter name recognised")
    func letters() throws {
        for (command, flag) in try declaredFlags() {
            for letter in names(of: flag, "short") {
                let name = try #require(PFlagSyntax.letters(of: command)[Character(letter)], "-\(letter)")
                #expect(names(of: flag, "long").contains(name))
            }
        }
    }
}

@Suite("A duration in Go's syntax", .timeLimit(.minutes(5)))
struct GoDurationTests {
    /// Includes the cases of Go's `time` package.
    private static let durations: [(String, Duration?)] = [
        ("0", .zero), ("5s", .seconds(5)), ("30s", .seconds(30)), ("1478s", .seconds(1478)), ("-5s", .seconds(-5)),
        ("+5s", .seconds(5)), ("-0", .zero), ("+0", .zero), ("5.0s", .seconds(5)), ("5.6s", .milliseconds(5600)),
        ("5.s", .seconds(5)), (".5s", .milliseconds(500)), ("1.0s", .seconds(1)), ("1.004s", .milliseconds(1004)),
        ("1.0040s", .milliseconds(1004)), ("100.00100s", .milliseconds(100_001)), ("10ns", .nanoseconds(10)),
        ("11us", .microseconds(11)), ("12µs", .microseconds(12)), ("12μs", .microseconds(12)),
        ("13ms", .milliseconds(13)),
        ("300ms", .milliseconds(300)), ("14s", .seconds(14)), ("15m", .seconds(900)), ("16h", .seconds(57600)),
        ("3h30m", .seconds(12600)), ("10.5s4m", .milliseconds(250_500)), ("-2m3.4s", .milliseconds(-123_400)),
        ("1h2m3s4ms5us6ns", .nanoseconds(3_723_004_005_006)), ("39h9m14.425s", .milliseconds(140_954_425)),
        ("0.3s", .milliseconds(300)), ("0.100000000000000000000h", .seconds(360)), ("0.9ns", .zero),
        ("0.3333333333333333333h", .seconds(1200)), ("9223372036854775807ns", .nanoseconds(Int64.max)),
        ("9223372036s", .seconds(9_223_372_036)),
        ("", nil), ("3", nil), ("-", nil), ("+", nil), ("s", nil), (".", nil), ("-.", nil), (".s", nil), ("+.s", nil),
        ("1d", nil), ("1.2.3s", nil), ("1 s", nil), (" 1s", nil), ("1s ", nil), ("1e3s", nil), ("--1s", nil),
        ("1s-1s", nil),
        ("٣s", nil), ("1S", nil), ("00", nil), ("9223372036854775808ns", nil), ("9223372037s", nil), ("3000000h", nil),
        ("99999999999999999999h", nil), ("9223372036854775807ns1ns", nil), ("0x1s", nil),
    ]

    @Test("is parsed as in Go, and is nil if Go returns an error", arguments: durations)
    func parsing(text: String, expected: Duration?) {
        #expect(GoDuration(text)?.duration == expected)
    }

    @Test(
        "is printed in seconds",
        arguments: [("1m30s", "90s"), ("1.5s", "1.5s"), ("0", "0s"), ("250ms", "0.25s"), ("-5s", "-5s")]
    )
    func description(text: String, expected: String) {
        #expect(GoDuration(text)?.description == expected)
    }
}
