import TestPrograms
import TestSupport
import Testing

@Suite("The program reports what went wrong, and what to do,", .serialized, .timeLimit(.minutes(2)))
struct CommandErrorTests {
    private let folder: TemporaryDirectory

    init() throws { folder = try TemporaryDirectory() }

    /// Runs the program without a cluster or a kubeconfig.
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
        "in a command line",
        arguments: [
            (["mutat"], "unknown subcommand 'mutat'; did you mean 'mutate'?"),
            (["mutate", "x.yaml"], "unexpected argument 'x.yaml'; did you mean '-f x.yaml'?"),
            (["--shutdown-delay", "5"], "--shutdown-delay must be a duration, not \"5\": give a unit, such as 5s"),
        ]
    )
    func commandLine(arguments: [String], words: String) async throws {
        try await expect(arguments, status: 64, words)
    }

    @Test("without a cluster, with the places that it tried")
    func noCluster() async throws {
        let tried = "no cluster found: tried --kubeconfig (not given), KUBECONFIG (not set), "
        let pod = " and in-cluster access (KUBERNETES_SERVICE_HOST is not set); pass --kubeconfig FILE"
        try await expect(["doctor"], "\(tried)\(folder.path)/.kube/config (does not exist)\(pod)")
        try await expect(["issuer", "check"], in: ["HOME": ""], "\(tried)~/.kube/config (HOME is not set)\(pod)")
        try await expect(
            ["serve"],
            "not running in a cluster (KUBERNETES_SERVICE_HOST is not set); pass --kubeconfig FILE, --kube-api URL, or "
                + "--service-accounts FILE"
        )
        try await expect(
            ["doctor"],
            in: ["KUBECONFIG": "a:b"],
            "KUBECONFIG names no file that exists: a, b"
        )
    }

    @Test("with a file of ServiceAccounts before a certificate from a default path")
    func missingFiles() async throws {
        try await expect(["--service-accounts=none.yaml"], "cannot read none.yaml: No such file or directory")
        try folder.write(MutateCommand.serviceAccount("shop"), to: "accounts.yaml")
        try await expect(
            ["--service-accounts=accounts.yaml"],
            "cannot read /etc/webhook/certs/tls.crt: No such file or directory: pass --tls-cert FILE and --tls-key FILE; "
                + "without a cluster the webhook does not make its own certificate"
        )
    }

    @Test("if a kubeconfig is passed as a manifest, or a manifest as a kubeconfig")
    func confused() async throws {
        try folder.write("apiVersion: v1\nkind: Config\nclusters: []\n", to: "kubeconfig")
        try folder.write(MutateCommand.pod, to: "pod.yaml")
        let mutate =
            "kubeconfig is a kubeconfig, not a manifest; mutate needs no cluster. To check a cluster: "
            + "pod-identity-webhook doctor --kubeconfig kubeconfig"
        try await expect(["mutate", "-f", "kubeconfig"], mutate)
        try await expect(["mutate", "-f", "pod.yaml", "--service-accounts=kubeconfig"], mutate)
        try await expect(
            ["--service-accounts=kubeconfig"],
            "kubeconfig:1: this is a kubeconfig, not a manifest; pass it with --kubeconfig instead of --service-accounts"
        )
        let reverse = "pod.yaml:1: this is a manifest (kind Pod), not a kubeconfig"
        try await expect(["doctor", "--kubeconfig=pod.yaml"], reverse)
        try await expect(["--kubeconfig=pod.yaml"], reverse)
    }

    @Test("with a kubeconfig that does not exist or lacks a context")
    func kubeConfigs() async throws {
        let missing = "cannot read none: No such file or directory"
        try await expect(["--kubeconfig=none"], missing)
        try await expect(["doctor", "--kubeconfig=none"], missing)
        try folder.write("contexts: [{name: c, context: {cluster: c}}]", to: "kc.yaml")
        try await expect(
            ["doctor", "--kubeconfig=kc.yaml", "--context=foo"],
            "kc.yaml has no context \"foo\"; it has: c"
        )
    }

    @Test(
        "in a command line that turns out to be unusable only when it runs, with the subcommand's help",
        arguments: [
            (
                ["mutate", "-f", "pod.yaml", "--providers=aws,azure"],
                "--providers=azure needs --azure-tenant-id or AZURE_TENANT_ID"
            ),
            (["policy", "--providers=google"], "a policy gives AWS roles only, and --providers does not include aws"),
            (["policy", "--kubernetes-version=1.35"], "the policy needs Kubernetes 1.36 or later, not 1.35"),
            (["profile", "lint", "empty/"], "no *.yaml or *.yml file in empty/"),
        ]
    )
    func running(arguments: [String], words: String) async throws {
        try folder.write(MutateCommand.pod, to: "pod.yaml")
        try folder.makeFolder("empty")
        try await expect(arguments, status: 64, words)
        let command = arguments.prefix { !$0.hasPrefix("-") && $0 != "empty/" }.joined(separator: " ")
        let output = try await run(arguments)
        #expect(output.errorText.contains("See 'pod-identity-webhook \(command) --help'"), "\(output.errorText)")
    }

    @Test("with credentials that the API server refuses, and names their source")
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
}
