import Foundation
import TestPrograms
import TestSupport
import Testing

extension EndToEnd {
    /// `make cluster`, as README.md describes it.
    @Suite struct ClusterTests {
        @Test func `The README's commands for make cluster create a pod with its role, and doctor finds no problem`()
            async throws
        {
            let cluster = try Command("\(TestFolders.products)/cluster").start()
            try await cluster.waitForOutput(containing: "Ctrl-C ends it.", timeout: .seconds(120))

            let folder = "\(TestFolders.repository)/.build/cluster"
            let log = try String(contentsOfFile: "\(folder)/webhook.log", encoding: .utf8)
            #expect(log.contains("ready"), "\(log)")
            let readme = try String(contentsOfFile: "\(TestFolders.repository)/README.md", encoding: .utf8)
            let section = try #require(readme.range(of: "`make cluster`"))
            let start = try #require(readme[section.upperBound...].range(of: "```sh\n"))
            let end = try #require(readme[start.upperBound...].range(of: "```"))
            let commands = readme[start.upperBound..<end.lowerBound].split(separator: "\n").map(String.init)
            let connection = try #require(commands.first)
            let creation = try #require(commands.last)
            #expect(cluster.text.contains(connection))

            let preparation = commands.dropLast().joined(separator: "\n")
            try await shell(preparation)
            // Before Kubernetes 1.24, the pod has to wait for the ServiceAccount's token.
            let pod = try await eventually("the pod", log: { cluster.text }) {
                try await shell("\(connection)\n\(creation)")
            }
            #expect(pod.contains("value: arn:aws:iam::111122223333:role/reports"))

            // The issuer is known only on this machine, which is a warning.
            let report = try await shell("\(connection)\n.build/debug/pod-identity-webhook doctor -o json || true")
            let findings = try APIObject(json: report)["findings"].elements
            let bad = findings.filter { $0["status"].string != "ok" }.map { $0["code"].string }
            #expect(bad == ["issuer_not_public"], "\(report)")
            #expect(findings.contains { $0["message"].string?.hasPrefix("1 of 1 pods") ?? false }, "\(report)")

            cluster.send(signal: SIGINT)
            let output = try await cluster.waitForExit()
            #expect(output.status == 0)
            #expect(!FileManager.default.fileExists(atPath: folder), "the folder is removed")
        }

        @discardableResult
        private func shell(_ script: String) async throws -> String {
            try await Command("bash", ["-euc", script], directory: TestFolders.repository).runText()
        }
    }
}
