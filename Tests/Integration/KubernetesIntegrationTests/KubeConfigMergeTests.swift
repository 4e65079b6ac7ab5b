import HTTPClient
import NIOHTTP1
import TestNetwork
import TestPrograms
import TestSupport
import Testing

@testable import Kubernetes

@Suite("Several kubeconfigs, as kubectl merges them", .timeLimit(.minutes(2)))
struct KubeConfigMergeTests {
    private static let names = ["a", "b", "c"]

    private let folder: TemporaryDirectory

    init() throws {
        folder = try TemporaryDirectory()
        let root = String(decoding: try TestCertificates().root.certificate, as: UTF8.self)
        for number in 0..<3 {
            try folder.makeFolder("\(number)")
            try folder.write(root, to: "\(number)/ca-\(number).crt")
        }
    }

    @Test("give the same access as kubectl's merged one")
    func generated() async throws {
        var generator = SeededGenerator(seed: 1)
        var loaded = 0
        for _ in 0..<25 {
            let list = try write(using: &generator)
            let merged = try await Command(
                ControlPlane.kubectlPath(),
                ["config", "view", "--flatten", "--raw", "-o", "json"],
                environment: ["KUBECONFIG": list]
            ).runText()
            let file = KubeConfigFiles.file(try folder.write(merged, to: "merged"))
            for context in [nil] + Self.names {
                let ours = await describe(.find(environment: ["KUBECONFIG": list]), context)
                let theirs = await describe(file, context)
                #expect(ours == theirs, "context \(context ?? "-") of \(list), merged: \(merged)")
                if theirs != nil { loaded += 1 }
            }
        }
        #expect(loaded > 20, "enough configurations were compared")
    }

    /// The access that a kubeconfig gives; nil if it cannot be used.
    private func describe(_ files: KubeConfigFiles?, _ context: String?) async -> [String?]? {
        guard
            let loaded = try? ClusterConfiguration.load(
                kubeConfig: files,
                context: context,
                server: nil,
                environment: [:]
            )
        else { return nil }
        let impersonation = loaded.access.current.impersonation.map { "\($0.name)=\($0.value)" }
        return [
            "\(loaded.server)", loaded.tlsServerName, loaded.proxy?.description, loaded.namespace,
            try? await loaded.credentials.authorization(),
        ] + impersonation
    }

    /// Writes up to three files, and returns the value of `KUBECONFIG`.
    private func write(using generator: inout SeededGenerator) throws -> String {
        for number in 0..<3 {
            let path = "\(number)/config"
            try? folder.remove(path)
            switch Int.random(in: 0..<8, using: &generator) {
            case 0: break
            case 1: try folder.write("", to: path)
            default: try folder.write(file(number, &generator), to: path)
            }
        }
        var entries = (0..<3).map { folder.path("\($0)/config") } + ["", folder.path("1/config")]
        entries.shuffle(using: &generator)
        return entries.joined(separator: ":")
    }

    private func file(_ number: Int, _ generator: inout SeededGenerator) -> String {
        func isChosen() -> Bool { Bool.random(using: &generator) }
        func name() -> String { Self.names.randomElement(using: &generator) ?? "" }
        var lines = ["apiVersion: v1", "kind: Config"]
        if isChosen() { lines.append("current-context: \(name())") }
        lines.append("contexts:")
        for context in Self.names where isChosen() {
            let namespace = isChosen() ? ", namespace: ns-\(number)" : ""
            lines.append("- {name: \(context), context: {cluster: \(name()), user: \(name())\(namespace)}}")
        }
        lines.append("clusters:")
        for cluster in Self.names where isChosen() {
            var fields = ["server: 'https://\(cluster)-\(number)'"]
            if isChosen() { fields.append("certificate-authority: ca-\(number).crt") }
            if isChosen() { fields.append("tls-server-name: name-\(number)") }
            if isChosen() { fields.append("proxy-url: 'http://proxy-\(number)'") }
            lines.append("- {name: \(cluster), cluster: {\(fields.joined(separator: ", "))}}")
        }
        lines.append("users:")
        for user in Self.names where isChosen() {
            let impersonation = isChosen() ? ", as: somebody-\(number), as-groups: [g-\(number)]" : ""
            lines.append("- {name: \(user), user: {token: \(user)-\(number)\(impersonation)}}")
        }
        return lines.joined(separator: "\n") + "\n"
    }
}
