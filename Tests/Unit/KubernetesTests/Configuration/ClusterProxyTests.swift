import HTTPClient
import TestSupport
import Testing

@testable import Kubernetes

@Suite("A cluster's proxy", .timeLimit(.minutes(5)))
struct ClusterProxyTests {
    private func load(
        _ cluster: String,
        server: String? = nil,
        environment: [String: String] = [:]
    ) throws -> ClusterConfiguration {
        let folder = try TemporaryDirectory()
        let text = """
            current-context: x
            contexts: [{name: x, context: {cluster: c}}]
            clusters: [{name: c, cluster: \(cluster)}]
            """
        let file = try folder.write(text, to: "config")
        return try .load(kubeConfig: .file(file), server: server, environment: environment)
    }

    @Test("is the kubeconfig's for any server, or else the environment's")
    func precedence() throws {
        let environment = ["HTTPS_PROXY": "socks5://me:s3cret@e", "NO_PROXY": "excluded"]
        let own = "{server: 'https://excluded', proxy-url: 'http://k:3128'}"
        #expect(try load(own, environment: environment).proxy?.description == "http://k:3128")
        #expect(try load(own, server: "https://localhost").proxy?.description == "http://k:3128")
        let none = "{server: 'https://api.test'}"
        #expect(try load(none).proxy == nil)
        #expect(try load(none, environment: environment).proxy?.description == "socks5://e:1080")
        #expect(try load(none, server: "https://excluded", environment: environment).proxy == nil)
    }

    @Test("is the environment's if the server is given alone")
    func serverAlone() throws {
        let environment = ["HTTP_PROXY": "p"]
        let load = { try ClusterConfiguration.load(kubeConfig: nil, server: $0, environment: environment).proxy }
        #expect(try load("http://api.test")?.description == "http://p:80")
        #expect(try load("http://localhost:8001") == nil)
    }

    @Test("is an error, which does not quote it, if the variable is malformed")
    func unreadable() throws {
        let error = #expect(throws: KubernetesError.self) {
            try load("{server: 'https://api.test'}", environment: ["https_proxy": "ftp://s3cret@p"])
        }
        #expect(error?.description == "environment: https_proxy: must start with http://, https:// or socks5://")
        let own = #expect(throws: KubernetesError.self) { try load("{server: 'https://h', proxy-url: 'x://s3cret@p'}") }
        #expect(own?.description.contains("s3cret") == false)
    }

    @Test("does not change the name in the server's certificate, unlike a different address")
    func serverName() throws {
        let cluster = "{server: 'https://api.test', proxy-url: 'http://p', tls-server-name: name.test}"
        #expect(try load(cluster).tlsServerName == "name.test")
        #expect(try load(cluster, server: "https://other.test").tlsServerName == "other.test")
    }
}
