import TestPrograms
import TestSupport
import Testing

@Suite("The program says what went wrong, and what to do", .serialized, .timeLimit(.minutes(2)))
struct CommandErrorTests {
    private let folder: TemporaryDirectory

    init() throws { folder = try TemporaryDirectory() }

    /// Runs the program where there is neither a cluster nor a kubeconfig.
    private func run(_ arguments: [String], _ environment: [String: String] = [:]) async throws -> Command.Output {
        let none = ["KUBECONFIG": "", "KUBERNETES_SERVICE_HOST": "", "HOME": folder.path, "HTTP_PROXY": ""]
        return try await Command(
            WebhookProcess.executable,
            arguments,
            environment: none.merging(environment) { $1 },
            directory: folder.path
        ).run(timeout: .seconds(30))
    }

    private func expect(
        _ arguments: [String],
        in environment: [String: String] = [:],
        status: Int32 = 1,
        _ words: String,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let output = try await run(arguments, environment)
        #expect(output.status == status && output.text.isEmpty, sourceLocation: sourceLocation)
        let isSaid = output.errorText.split(separator: "\n").contains { $0 == "Error: \(words)" }
        #expect(isSaid, "\(output.errorText)", sourceLocation: sourceLocation)
    }

    @Test(
        "about a command line",
        arguments: [
            (["mutat"], "unknown subcommand 'mutat'; did you mean 'mutate'?"),
            (["mutate", "x.yaml"], "unexpected argument 'x.yaml'; did you mean '-f x.yaml'?"),
            (["--shutdown-delay", "5"], "--shutdown-delay must be a duration, not \"5\": give a unit, such as 5s"),
        ]
    )
    func commandLine(arguments: [String], words: String) async throws {
        try await expect(arguments, status: 64, words)
    }

    @Test("without a cluster: the places that were tried")
    func noCluster() async throws {
        let tried = "no cluster found: tried --kubeconfig (not given), KUBECONFIG (not set), "
        let pod = " and in-cluster access (KUBERNETES_SERVICE_HOST is not set); pass --kubeconfig FILE"
        try await expect(["doctor"], "\(tried)\(folder.path)/.kube/config (does not exist)\(pod)")
        try await expect(["issuer", "check"], in: ["HOME": ""], "\(tried)~/.kube/config (HOME is not set)\(pod)")
        try await expect(
            ["serve"],
            "not running in a cluster (KUBERNETES_SERVICE_HOST is not set); pass --kubeconfig FILE"
        )
        try await expect(
            ["doctor"],
            in: ["KUBECONFIG": "a:b"],
            "environment: KUBECONFIG: none of these files exists: a, b"
        )
    }

    @Test("about a file of ServiceAccounts before a certificate that nobody named")
    func missingFiles() async throws {
        try await expect(["--service-accounts=none.yaml"], "cannot read none.yaml: No such file or directory")
        try folder.write(MutateCommand.serviceAccount("shop"), to: "accounts.yaml")
        try await expect(
            ["--service-accounts=accounts.yaml"],
            "cannot read /etc/webhook/certs/tls.crt: No such file or directory: pass --tls-cert FILE and --tls-key FILE; "
                + "without a cluster the webhook does not make its own certificate"
        )
    }

    @Test("about a kubeconfig that is no manifest, and a manifest that is no kubeconfig")
    func confused() async throws {
        try folder.write("apiVersion: v1\nkind: Config\nclusters: []\n", to: "kubeconfig")
        try folder.write(MutateCommand.pod, to: "pod.yaml")
        let words = "kubeconfig:1: this is a kubeconfig, not a manifest; pass it with --kubeconfig"
        try await expect(["mutate", "-f", "kubeconfig"], words)
        try await expect(["mutate", "-f", "pod.yaml", "--service-accounts=kubeconfig"], words)
        try await expect(["--service-accounts=kubeconfig"], words)
        let reverse = "pod.yaml:1: this is a manifest (kind Pod), not a kubeconfig"
        try await expect(["doctor", "--kubeconfig=pod.yaml"], reverse)
        try await expect(["--kubeconfig=pod.yaml"], reverse)
    }

    @Test("about credentials that the API server refuses: whose they are")
    func unauthorized() async throws {
        let server = try StandInAPIServer.start("return status(401)")
        try folder.write(
            """
            current-context: x
            contexts: [{name: x, context: {cluster: c, user: dev}}]
            clusters: [{name: c, cluster: {server: '\(server.url)'}}]
            users: [{name: dev, user: {token: t}}]
            """,
            to: "config"
        )
        try await server.waitUntilReady()
        let output = try await run(["doctor", "--kubeconfig=config"])
        let words = "(the request was made as user 'dev' of config, with its token)"
        #expect(output.status == 1 && output.errorText.contains(words), "\(output.errorText)")
    }

    @Test("and completes command lines", arguments: ["bash", "zsh", "fish"])
    func completion(shell: String) async throws {
        let output = try await run(["completion", shell])
        #expect(output.status == 0 && output.text.contains("trust-policy"))
    }
}
