import TestPrograms
import TestSupport
import Testing

@Suite("The completion script", .timeLimit(.minutes(2)))
struct CompletionTests {
    /// A program that calls itself for candidates, and otherwise prints its arguments.
    private static let program = """
        #!/bin/bash
        if [[ $1 == __complete ]]; then exec "\(WebhookProcess.executable)" "$@"; fi
        printf 'got:%s\\n' "$*"

        """

    private static let lines = [
        ("doc\t", "doctor"), ("help iss\t", "help issuer"),
        ("mutate -f dep\t", "mutate -f deployment.yaml"),
        ("mutate --filename dep\t", "mutate --filename deployment.yaml"),
        ("mutate --filename=dep\t", "mutate --filename=deployment.yaml"),
        ("mutate --output=d\t", "mutate --output=diff"),
        ("mutate -o p\t", "mutate -o patch"), ("profile lint dep\t", "profile lint deployment.yaml"),
        ("issuer documents -o fold\t", "issuer documents -o folder/"),
        // Without a subcommand, the flags are those of serve.
        ("--tls-ce\tx", "--tls-cert x"), ("serve --tls-cert dep\t", "serve --tls-cert deployment.yaml"),
        ("--in-cluster --kubec\tdep\t", "--in-cluster --kubeconfig deployment.yaml"),
        ("--providers=aws,g\t", "--providers=aws,google"), ("--log-format=j\t", "--log-format=json"),
    ]

    @Test("completes input in bash")
    func bash() async throws {
        let folder = try TemporaryDirectory()
        try folder.write("", to: "deployment.yaml")
        for name in ["folder", "bin"] { try folder.makeFolder(name) }
        try folder.write(Self.program, to: "bin/pod-identity-webhook")
        try Command("chmod", ["+x", folder.path("bin/pod-identity-webhook")]).runBlocking()
        let script = try await Command(WebhookProcess.executable, ["completion", "bash"]).runText()
        try folder.write(script, to: "completion")
        let typed = ["source completion"] + Self.lines.map { "pod-identity-webhook \($0.0)" } + ["exit"]
        // Bash completes only input from a terminal.
        let output = try await Command(
            "python3",
            ["-c", "import pty; pty.spawn(['bash', '--norc', '-i'])"],
            environment: ["PATH": "\(folder.path("bin")):/usr/bin:/bin", "TERM": "dumb", "HOME": folder.path],
            directory: folder.path
        ).run(input: Array(typed.joined(separator: "\n").utf8) + [UInt8(ascii: "\n")])
        let got = output.text.split(whereSeparator: \.isNewline).compactMap { line in
            line.firstRange(of: "got:").map { String(line[$0.upperBound...]).trimmingCharacters }
        }
        #expect(got == Self.lines.map(\.1), "\(output.text)")
    }

    @Test("calls the program in every shell", arguments: ["bash", "zsh", "fish"])
    func script(shell: String) async throws {
        let text = try await Command(WebhookProcess.executable, ["completion", shell]).runText()
        #expect(text.contains("__complete"))
    }
}

extension String {
    fileprivate var trimmingCharacters: String { String(reversed().drop(while: \.isWhitespace).reversed()) }
}
