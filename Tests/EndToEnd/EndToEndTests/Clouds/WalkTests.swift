import Foundation
import TestPrograms
import TestSupport
import Testing

extension EndToEnd {
    /// docs/walk.md, command by command: the cluster's issuer is a web server of the tests, AWS is moto with an STS that
    /// fetches the issuer's keys and evaluates trust policies, and a fake node runs the pods.
    @Suite struct WalkTests {
        @Test func `Every command of the walk does what it says, down to the pod's call of AWS`() async throws {
            let blocks = try Self.blocks()
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
            let controlPlane = try await ControlPlane.start(name: "walk", issuer: issuer.url)
            do {
                let walk = try Walk(controlPlane: controlPlane, issuer: issuer, iam: iam.url, sts: sts.url)
                try await go(walk, blocks)
            } catch {
                print(controlPlane.logTails(), iam.log, sts.log)
                await controlPlane.stop()
                throw error
            }
            await controlPlane.stop()
            for server in [iam, sts] { await server.stop() }
            await issuer.stop()
        }

        private func go(_ walk: Walk, _ blocks: [String]) async throws {
            let controlPlane = walk.controlPlane
            let node = try await FakeNode.add("walk", to: controlPlane)
            let kubelet = node.keepRunning([DeployedWebhook.namespace, "shop"], every: .milliseconds(500))
            defer { kubelet.cancel() }
            var webhook: DeployedWebhook?
            var last = ""
            for block in blocks {
                if block.contains("kubectl -n shop logs") {
                    try await runPod(walk)
                    continue
                }
                last = try await walk.run(block)
                if block.contains("aws s3 cp") { try await walk.publish() }
                if block.contains("helm install") {
                    let name = DeployedWebhook.namespace
                    let deployment = try await controlPlane.get("deployment", name, namespace: name)
                    let container = deployment["spec"]["template"]["spec"]["containers"][0]
                    webhook = try await DeployedWebhook.start(container, on: controlPlane)
                    try await webhook?.waitUntilReady()
                }
                if block.contains("--assume-roles") {
                    #expect(last.contains("assumed-role/reports/pod-identity-webhook-doctor"), "\(last)")
                    #expect(last.contains("allows"), "\(last)")
                }
            }
            #expect(last.contains("condition met"), "the last command but the log")
            try await webhook?.stop()
        }

        /// What the container writes to its log.
        private func runPod(_ walk: Walk) async throws {
            let pod = try await walk.controlPlane.get("pod", "reports", namespace: "shop")
            let wanted = try #require(Identity.projectedToken(in: pod))
            let token = try await walk.controlPlane.token(for: pod, asking: wanted)
            let container = pod["spec"]["containers"][0]
            let environment = try ContainerEnvironment(
                container,
                fileVariable: "AWS_WEB_IDENTITY_TOKEN_FILE",
                token: token
            )
            let command = environment.command(container["command"].elements.compactMap(\.string), sts: walk.sts)
            let running = try command.start()
            try await running.waitForOutput(containing: ":assumed-role/reports/", timeout: .seconds(60))
            running.send(signal: SIGKILL)
        }

        /// The commands of the walk but for the names that its reader chooses.
        private static func blocks() throws -> [String] {
            let page = try String(contentsOfFile: "\(TestFolders.repository)/docs/walk.md", encoding: .utf8)
            let blocks = page.components(separatedBy: "```sh\n").dropFirst().compactMap {
                $0.components(separatedBy: "\n```").first
            }
            let names = try #require(blocks.first)
            #expect(names.matches(of: /(?m)^(export )?([A-Z_]+)=/).map { String($0.output.2) } == Walk.names)
            #expect(blocks.count >= 14)
            return Array(blocks.dropFirst())
        }
    }
}

/// The shell of somebody who goes through the walk.
private struct Walk {
    static let names = ["AWS_DEFAULT_REGION", "BUCKET", "ISSUER", "REGISTRY"]

    let controlPlane: ControlPlane
    let issuer: IssuerServer
    let sts: String
    private let folder: TemporaryDirectory
    private let environment: [String: String]

    init(controlPlane: ControlPlane, issuer: IssuerServer, iam: String, sts: String) throws {
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

    /// Runs commands that see the variables of those before them.
    /// - Returns: What they print.
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

    /// Has the issuer's server show what is in the bucket.
    func publish() async throws {
        _ = try await run("aws s3 cp --recursive \"s3://$BUCKET\" '\(issuer.folder.path)'")
    }
}
