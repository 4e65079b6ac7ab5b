import HTTPClient
import TestNetwork
import TestSupport
import Testing

@testable import Kubernetes

@Suite("Several kubeconfigs", .timeLimit(.minutes(5)))
struct KubeConfigMergeTests {
    private let folder: TemporaryDirectory

    init() throws { folder = try TemporaryDirectory() }

    private func load(
        _ list: String,
        context: String? = nil,
        environment: [String: String] = [:]
    ) throws -> ClusterConfiguration {
        var environment = environment
        environment["KUBECONFIG"] = list.split(separator: ":", omittingEmptySubsequences: false)
            .map { $0.isEmpty || $0.hasPrefix("/") ? String($0) : folder.path(String($0)) }.joined(separator: ":")
        return try .load(
            kubeConfig: .find(environment: environment),
            context: context,
            server: nil,
            environment: environment,
            rootFolder: folder.path
        )
    }

    private func message(_ list: String, context: String? = nil) -> String {
        let error = #expect(throws: KubernetesError.self) { try load(list, context: context) }
        return error?.description.replacing(folder.path + "/", with: "") ?? ""
    }

    private func writeThree() throws {
        try folder.write(
            """
            clusters: [{name: c, cluster: {server: 'http://first'}}, {name: empty, cluster: {}}]
            users: [{name: u, user: {token: first}}]
            """,
            to: "first"
        )
        try folder.write(
            """
            current-context: one
            contexts: [{name: one, context: {cluster: c, user: u}}, {name: hollow, context: {cluster: empty}}]
            clusters:
            - {name: c, cluster: {server: 'http://second', proxy-url: 'http://proxy', tls-server-name: second}}
            - {name: empty, cluster: {server: 'http://second'}}
            users: [{name: u, user: {token: second, as: second}}]
            """,
            to: "second"
        )
        try folder.write(
            """
            current-context: two
            contexts:
            - {name: one, context: {cluster: d, user: v, namespace: third}}
            - {name: two, context: {cluster: d, user: v, namespace: third}}
            - {name: lost, context: {cluster: nowhere, user: v}}
            clusters: [{name: d, cluster: {server: 'http://third'}}]
            users: [{name: v, user: {token: third}}]
            """,
            to: "third"
        )
    }

    @Test("provide each entry as a whole, from the first file that has it")
    func firstWins() async throws {
        try writeThree()
        let merged = try load("first:second:third")
        #expect(merged.server.host == "first" && merged.tlsServerName == "first")
        #expect(merged.proxy == nil && merged.namespace == nil && merged.access.current.impersonation.isEmpty)
        #expect(try await merged.credentials.authorization() == "Bearer first")
        let other = try load("third:second:first")
        #expect(other.server.host == "third" && other.namespace == "third")
        let chosen = try load("first:second:third", context: "two")
        #expect(chosen.server.host == "third" && chosen.namespace == "third")
        #expect(try await chosen.credentials.authorization() == "Bearer third")
    }

    @Test("may include empty entries, missing or empty files, and the same file twice")
    func holes() throws {
        try writeThree()
        try folder.write("", to: "empty")
        #expect(try load("none::empty:first:first:second:none/such:").server.host == "first")
    }

    @Test("resolve relative paths in each file's own folder")
    func relativePaths() async throws {
        try folder.makeFolder("a")
        try folder.makeFolder("b")
        try folder.write("from-b", to: "b/token")
        try folder.write("current-context: x\ncontexts: [{name: x, context: {cluster: c, user: u}}]", to: "a/config")
        try folder.write(
            "clusters: [{name: c, cluster: {server: 'http://h'}}]\nusers: [{name: u, user: {tokenFile: token}}]",
            to: "b/config"
        )
        let configuration = try load("a/config:b/config")
        #expect(try await configuration.credentials.authorization() == "Bearer from-b")
        try folder.remove("b/token")
        #expect(message("a/config:b/config").hasPrefix("b/token: the token cannot be read"))
    }

    @Test("are reloaded when one of them changes or is created, and stay in use when all are gone")
    func changes() async throws {
        try writeThree()
        let configuration = try load("zero:first:second")
        try folder.write("users: [{name: u, user: {token: zero}}]", to: "zero")
        configuration.access.refused()
        #expect(try await configuration.credentials.authorization() == "Bearer zero")
        for name in ["zero", "first", "second"] { try folder.remove(name) }
        configuration.access.refused()
        #expect(try await configuration.credentials.authorization() == "Bearer zero")
    }

    @Test("are reported by the file that is wrong")
    func errors() throws {
        try writeThree()
        try folder.write("a: [", to: "broken")
        try folder.write("clusters: [{name: c, cluster: {}}, {name: c, cluster: {}}]", to: "twice")
        try folder.makeFolder("folder")
        #expect(message("first:second:broken").hasPrefix("broken:1: malformed YAML"))
        #expect(message("first:second:folder") == "cannot read folder: Is a directory")
        #expect(message("twice:second") == "twice: clusters[1].name: 'c' is in the list twice")
        let server = message("first:second", context: "hollow")
        #expect(server.hasPrefix("first: clusters[1].cluster.server: is missing"), "\(server)")
        #expect(
            message("first:second:third", context: "lost")
                == "third: contexts[2].context.cluster: there is no 'nowhere' in clusters, which has: c, d, empty"
        )
        #expect(
            message("second:third", context: "no")
                == "second, third has no context \"no\"; it has: hollow, lost, one, two"
        )
        #expect(message("first").hasPrefix("first: current-context: is not set"))
    }

    @Test("that are all missing are an error, unless the pod has in-cluster access")
    func allMissing() throws {
        #expect(message("none:nothing:") == "KUBECONFIG names no file that exists: none, nothing")
        let account = "var/run/secrets/kubernetes.io/serviceaccount"
        try folder.makeFolder(account)
        try folder.write("t0ken", to: "\(account)/token")
        let root = try TestCertificates().root.certificate
        try folder.write(String(decoding: root, as: UTF8.self), to: "\(account)/ca.crt")
        let pod = ["KUBERNETES_SERVICE_HOST": "10.0.0.1", "KUBERNETES_SERVICE_PORT": "443"]
        #expect(try load("none", environment: pod).server.host == "10.0.0.1")
    }

    @Test("are found in KUBECONFIG, or else in the home folder")
    func places() throws {
        #expect(KubeConfigFiles.find(environment: ["KUBECONFIG": "a::b:a", "HOME": "/h"])?.paths == ["a", "b"])
        #expect(KubeConfigFiles.find(environment: ["KUBECONFIG": "", "HOME": "/h"])?.paths == ["/h/.kube/config"])
        #expect(KubeConfigFiles.find(environment: ["KUBECONFIG": ":", "HOME": "/h"]) == nil)
        #expect(KubeConfigFiles.find(environment: ["HOME": ""]) == nil)
        let home = KubeConfigFiles.find(environment: ["HOME": folder.path])
        let error = #expect(throws: KubernetesError.self) {
            try ClusterConfiguration.load(kubeConfig: home, server: nil, environment: [:])
        }
        #expect(error?.description.contains("(KUBERNETES_SERVICE_HOST is not set)") ?? false)
    }
}
