import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// `make cluster`, as README.md tells of it.
    @Suite struct ClusterTests {
        @Test func `In the cluster of make cluster, README's three commands show a pod with its role`() async throws {
            let cluster = try Command("\(TestFolders.products)/cluster").start()
            try await cluster.waitForOutput(containing: "Ctrl-C ends it.", timeout: .seconds(120))

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
            // Kubernetes before 1.24 lets it wait for the ServiceAccount's token.
            let pod = try await eventually("the pod", log: { cluster.text }) {
                try await shell("\(connection)\n\(creation)")
            }
            #expect(pod.contains("value: arn:aws:iam::111122223333:role/reports"))

            cluster.send(signal: SIGINT)
            let output = try await cluster.waitForExit()
            #expect(output.status == 0)
        }

        @discardableResult
        private func shell(_ script: String) async throws -> String {
            try await Command("bash", ["-euc", script], directory: TestFolders.repository).runText()
        }
    }
}
