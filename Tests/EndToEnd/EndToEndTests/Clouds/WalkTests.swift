import Foundation
import TestPrograms
import TestSupport
import Testing

extension EndToEnd {
    /// Every command of docs/walk.md. A fake node runs the pods.
    @Suite struct WalkTests {
        @Test func `Every command of the walkthrough works as described, including the pod's call to AWS`() async throws
        {
            let blocks = try Self.blocks()
            try await PageReader.follow(name: "walk") { try await go($0, blocks) }
        }

        private func go(_ walk: PageReader, _ blocks: [String]) async throws {
            let node = try await FakeNode.add("walk", to: walk.controlPlane)
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
                if block.contains("helm install") { webhook = try await walk.startWebhook() }
                if block.contains("--assume-roles") {
                    #expect(last.contains("assumed-role/reports/pod-identity-webhook-doctor"), "\(last)")
                    #expect(last.contains("allows"), "\(last)")
                }
            }
            #expect(last.contains("condition met"), "the last command before the log")
            try await webhook?.stop()
        }

        /// The output of the container, which it writes to its log.
        private func runPod(_ walk: PageReader) async throws {
            try await walk.withContainer(ofPod: "reports", namespace: "shop") { command in
                let running = try command.start()
                try await running.waitForOutput(containing: ":assumed-role/reports/", timeout: .seconds(60))
                running.send(signal: SIGKILL)
            }
        }

        /// The commands of the walk, without the names that the reader chooses.
        private static func blocks() throws -> [String] {
            let page = try String(contentsOfFile: "\(TestFolders.repository)/docs/walk.md", encoding: .utf8)
            let blocks = PageReader.blocks(of: page)
            let names = try #require(blocks.first)
            #expect(names.matches(of: /(?m)^(export )?([A-Z_]+)=/).map { String($0.output.2) } == PageReader.names)
            #expect(blocks.count >= 14)
            return Array(blocks.dropFirst())
        }
    }
}
