import Foundation
import TestPrograms
import TestSupport
import Testing

extension EndToEnd {
    /// Every command of README.md except `make cluster`, which `ClusterTests` runs.
    @Suite struct ReadmeTests {
        @Test func `mutate prints the output for app.yaml that the README shows`() async throws {
            let block = try #require(PageReader.blocks(of: try Self.section("1."), language: "console").first)
            let commands = block.components(separatedBy: "$ ").dropFirst().map {
                $0.split(separator: "\n", maxSplits: 1)
            }
            try #require(commands.map { $0[0] } == ["cat app.yaml", "pod-identity-webhook mutate -f app.yaml -o diff"])
            let folder = try TemporaryDirectory()
            try folder.write(String(commands[0][1]), to: "app.yaml")
            let script = "\(TestFolders.products)/\(commands[1][0]) 2>&1"
            var rest = try await Command("bash", ["-euc", script], directory: folder.path).runText()[...]
            // An ellipsis replaces omitted lines.
            for shown in "\n\(commands[1][1])\n".components(separatedBy: "…").map({ $0.dropFirst() }) where shown != ""
            {
                let found = try #require(rest.range(of: shown), "\(shown) is not in \(rest)")
                rest = rest[found.upperBound...]
            }
        }

        @Test func `Every command in the README that installs the webhook or calls AWS works as described`()
            async throws
        {
            let installation = PageReader.blocks(of: try Self.section("3."))
            let call = PageReader.blocks(of: try Self.section("4."))
            try #require(installation.count == 2 && call.count == 1)
            try await PageReader.follow(name: "readme") { reader in
                let node = try await FakeNode.add("readme", to: reader.controlPlane)
                let kubelet = node.keepRunning([DeployedWebhook.namespace], every: .milliseconds(500))
                defer { kubelet.cancel() }
                // AWS can read the issuer's documents, as the README requires.
                let issuer = reader.issuer
                _ = try await reader.run(
                    "pod-identity-webhook issuer documents --url '\(issuer.url)' --from-cluster -o '\(issuer.folder.path)'"
                )
                let webhook = try await install(installation, reader)
                try await self.call(call[0], reader)
                try await webhook.stop()
            }
        }

        /// Installs with Helm, and then with the manifest, whose objects are the same as the chart's.
        private func install(_ blocks: [String], _ reader: PageReader) async throws -> DeployedWebhook {
            var lines = blocks[0].replacingOccurrences(of: "REGISTRY", with: Self.registry).components(
                separatedBy: "\n"
            )
            // This command is in scripts/image-test.sh, which builds and copies the image.
            #expect(lines.prefix(2).map { $0.prefix(11) } == ["make image", "skopeo copy"])
            lines.removeFirst(2)
            let rollout = lines.removeLast()
            _ = try await reader.run(lines.joined(separator: "\n"))
            let webhook = try await reader.startWebhook()
            #expect(try await reader.run(rollout).contains("successfully rolled out"))
            let installed = try await image(reader)

            let application = blocks[1].replacingOccurrences(of: "REGISTRY", with: Self.registry)
                .replacingOccurrences(of: "deploy/pod-identity-webhook.yaml", with: try await manifest(reader))
            let applied = try await reader.run(application)
            #expect(applied.contains("deployment.apps/pod-identity-webhook configured"), "\(applied)")
            #expect(try await image(reader) == installed)
            #expect(installed.hasPrefix("\(Self.registry)/pod-identity-webhook:"))
            return webhook
        }

        /// The manifest, without its PodDisruptionBudget if the cluster does not support it, as docs/install.md says
        /// for Kubernetes 1.20.
        private func manifest(_ reader: PageReader) async throws -> String {
            guard try await !reader.run("kubectl api-versions").contains("policy/v1\n") else {
                return "deploy/pod-identity-webhook.yaml"
            }
            let text = try String(contentsOfFile: Deploy.path("pod-identity-webhook.yaml"), encoding: .utf8)
            let objects = text.components(separatedBy: "\n---\n")
            let others = objects.filter { !$0.contains("kind: PodDisruptionBudget\n") }
            try #require(others.count == objects.count - 1)
            return try reader.folder.write(others.joined(separator: "\n---\n"), to: "manifest.yaml")
        }

        private func image(_ reader: PageReader) async throws -> String {
            let name = DeployedWebhook.namespace
            let deployment = try await reader.controlPlane.get("deployment", name, namespace: name)
            return try #require(deployment["spec"]["template"]["spec"]["containers"][0]["image"].string)
        }

        /// Without a kubelet, kubectl cannot attach to the pod, so it only creates it, and the test runs the container.
        private func call(_ block: String, _ reader: PageReader) async throws {
            let attaching = " --attach --rm --quiet --pod-running-timeout=5m"
            try #require(block.contains(attaching))
            _ = try await reader.run(block.replacingOccurrences(of: attaching, with: ""))
            let printed = try await reader.withContainer(
                ofPod: "call",
                namespace: "default",
                entrypoint: ["aws"]
            ) { try await $0.runText() }
            // The output that the README shows after the last command, between ellipses.
            let shown = try #require(block.components(separatedBy: "# ").last).components(separatedBy: "…")
            try #require(shown.count == 3)
            let arn = try #require(printed.range(of: shown[0]), "\(printed)")
            #expect(printed[arn.upperBound...].contains(shown[1]), "\(printed)")
        }

        private static let registry = "registry.example.com"

        /// A step of the walkthrough, from its number to the next step or section.
        private static func section(_ number: String) throws -> Substring {
            let page = try String(contentsOfFile: "\(TestFolders.repository)/README.md", encoding: .utf8)
            let start = try #require(page.range(of: "\n**\(number) "))
            let rest = page[start.upperBound...]
            let ends = ["\n**", "\n## "].compactMap { rest.range(of: $0)?.lowerBound }
            return rest[..<(ends.min() ?? rest.endIndex)]
        }
    }
}
