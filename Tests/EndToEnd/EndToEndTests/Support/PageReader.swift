import Foundation
import TestPrograms
import TestSupport

/// The shell of a reader who follows a page of the documentation, with a test cluster and a test account. The cluster's
/// issuer is a web server, AWS is moto with an STS that fetches the issuer's keys and evaluates trust policies, and
/// there is no kubelet.
struct PageReader {
    /// The variables whose values the reader chooses.
    static let names = ["AWS_DEFAULT_REGION", "BUCKET", "ISSUER", "REGISTRY"]

    let controlPlane: ControlPlane
    let issuer: IssuerServer
    let sts: String
    let folder: TemporaryDirectory
    private let environment: [String: String]

    private init(controlPlane: ControlPlane, issuer: IssuerServer, iam: String, sts: String) throws {
        self.controlPlane = controlPlane
        self.issuer = issuer
        self.sts = sts
        folder = try TemporaryDirectory()
        try FileManager.default.createSymbolicLink(
            atPath: folder.path("deploy"),
            withDestinationPath: Deploy.path("")
        )
        try folder.makeFolder("bin")
        try folder.write("#!/bin/sh\nexec python3 '\(TestFolders.repository)/scripts/helm.py' \"$@\"\n", to: "bin/helm")
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: folder.path("bin/helm"))
        let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
        let kubectl = try URL(fileURLWithPath: ControlPlane.kubectlPath()).deletingLastPathComponent().path
        environment = issuer.trust.merging([
            "PATH": "\(folder.path("bin")):\(TestFolders.products):\(kubectl):\(path)",
            "KUBECONFIG": controlPlane.adminKubeconfig,
            "AWS_DEFAULT_REGION": "eu-central-1", "BUCKET": "issuer", "ISSUER": issuer.url,
            "REGISTRY": "registry.example.com", "CURL_CA_BUNDLE": issuer.trust["SSL_CERT_FILE"] ?? "",
            "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_ENDPOINT_URL": iam, "AWS_ENDPOINT_URL_STS": sts, "HOME": folder.path,
        ]) { $1 }
    }

    /// Starts the servers, runs the body, and stops them.
    static func follow(name: String, _ body: (PageReader) async throws -> Void) async throws {
        let issuer = try IssuerServer()
        try await issuer.start()
        let iam = try LocalServer("moto_server") { ["-H", "127.0.0.1", "-p", "\($0)"] }
        try await iam.waitUntilReady()
        let folder = try TemporaryDirectory()
        try folder.write(#"{"iam": "\#(iam.url)"}"#, to: "iam.json")
        let script = Fixtures.path("sts.py")
        let sts = try LocalServer("python3", environment: issuer.trust) {
            [script, "\($0)", folder.path("iam.json")]
        }
        try await sts.waitUntilReady()
        let controlPlane = try await ControlPlane.start(name: name, issuer: issuer.url)
        do {
            try await body(PageReader(controlPlane: controlPlane, issuer: issuer, iam: iam.url, sts: sts.url))
        } catch {
            print(controlPlane.logTails(), iam.log, sts.log)
            await controlPlane.stop()
            throw error
        }
        await controlPlane.stop()
        for server in [iam, sts] { await server.stop() }
        await issuer.stop()
    }

    /// Runs commands that can use the variables of earlier commands.
    /// - Returns: Their output.
    func run(_ commands: String) async throws -> String {
        let state = folder.path("state")
        let script =
            "set -eu -o pipefail -o allexport\n[ ! -e \(state) ] || . \(state)\n\(commands)\nexport -p > \(state)"
        let output = try await Command("bash", ["-c", script], environment: environment, directory: folder.path)
            .run(timeout: .seconds(120))
        guard output.status == 0 else {
            throw CommandError.failed(commands, status: output.status, errorText: output.text + output.errorText)
        }
        return output.text
    }

    /// Copies the content of the bucket to the issuer's server.
    func publish() async throws {
        _ = try await run("aws s3 cp --recursive \"s3://$BUCKET\" '\(issuer.folder.path)'")
    }

    /// Starts the webhook's Deployment, which a command has created, as a kubelet would.
    func startWebhook() async throws -> DeployedWebhook {
        let name = DeployedWebhook.namespace
        let deployment = try await controlPlane.get("deployment", name, namespace: name)
        let container = deployment["spec"]["template"]["spec"]["containers"][0]
        let webhook = try await DeployedWebhook.start(container, on: controlPlane)
        try await webhook.waitUntilReady()
        return webhook
    }

    /// Calls `body` with the command, variables and token of a pod's first container.
    /// - Parameter entrypoint: The entry point of the container's image.
    func withContainer<Result>(
        ofPod pod: String,
        namespace: String,
        entrypoint: [String] = [],
        _ body: (Command) async throws -> Result
    ) async throws -> Result {
        let pod = try await controlPlane.get("pod", pod, namespace: namespace)
        guard let wanted = Identity.projectedToken(in: pod) else {
            throw ControlPlaneError.unexpected("the pod has no projected token: \(pod)")
        }
        let token = try await controlPlane.token(for: pod, asking: wanted)
        let container = pod["spec"]["containers"][0]
        let environment = try ContainerEnvironment(
            container,
            fileVariable: "AWS_WEB_IDENTITY_TOKEN_FILE",
            token: token
        )
        // Keeps the token's file until the end.
        defer { withExtendedLifetime(environment) {} }
        let command = container["command"].elements.compactMap(\.string)
        let arguments = container["args"].elements.compactMap(\.string)
        return try await body(environment.command((command.isEmpty ? entrypoint : command) + arguments, sts: sts))
    }

    /// The shell commands in a page or a part of it, by block.
    static func blocks(of page: some StringProtocol, language: String = "sh") -> [String] {
        page.components(separatedBy: "```\(language)\n").dropFirst().compactMap {
            $0.components(separatedBy: "\n```").first
        }
    }
}
