import Foundation
import HTTPClient
import NIOOpenSSL
import TestNetwork
import TestSupport
import Testing

@testable import Kubernetes

@Suite("A kubeconfig", .timeLimit(.minutes(5)))
struct KubeConfigTests {
    private static let files = Result {
        let certificates = try TestCertificates()
        return (certificates: certificates, client: try certificates.issue(subject: "/CN=me", usage: .client))
    }

    private let folder: TemporaryDirectory
    private let authority: String
    private let certificate: String
    private let key: String

    init() throws {
        let (certificates, client) = try Self.files.get()
        folder = try TemporaryDirectory()
        authority = Data(certificates.root.certificate).base64EncodedString()
        certificate = Data(client.certificate).base64EncodedString()
        key = Data(client.key).base64EncodedString()
        try folder.write(String(decoding: certificates.root.certificate, as: UTF8.self), to: "ca.crt")
        try folder.write(String(decoding: client.certificate, as: UTF8.self), to: "me.crt")
        try folder.write(String(decoding: client.key, as: UTF8.self), to: "me.key")
        try folder.write("from-file\n", to: "token")
    }

    private func load(_ text: String, server: String? = nil) throws -> ClusterConfiguration {
        let path = try folder.write(text, to: "config")
        return try .load(kubeConfig: .file(path), server: server, environment: [:])
    }

    private func config(cluster: String, user: String = "{}", context: String = "") -> String {
        """
        apiVersion: v1
        kind: Config
        current-context: here
        contexts:
        - name: other
          context: {cluster: nowhere, user: nobody}
        - name: here
          context: {cluster: c, user: u\(context)}
        clusters:
        - name: c
          cluster: \(cluster)
        users:
        - name: u
          user: \(user)
        """
    }

    private static let plain = "{server: 'http://host'}"

    @Test("provides the cluster of its current context")
    func whole() async throws {
        let text = config(
            cluster:
                "{server: 'https://host:6443/k8s', certificate-authority-data: \(authority), tls-server-name: api}",
            user: "{client-certificate-data: \(certificate), client-key-data: \(key)}",
            context: ", namespace: there"
        )
        let configuration = try load(text)
        #expect(configuration.server.description == "https://host:6443/k8s")
        #expect(configuration.tlsServerName == "api")
        #expect(configuration.tls?.leaf != nil)
        #expect(configuration.namespace == "there")
        #expect(try await configuration.credentials.authorization() == nil)
    }

    @Test("resolves relative paths from its own folder")
    func relativePaths() async throws {
        let text = config(
            cluster: "{server: 'https://host', certificate-authority: ca.crt}",
            user: "{client-certificate: ./me.crt, client-key: \(folder.path("me.key")), tokenFile: token}"
        )
        let configuration = try load(text)
        #expect(configuration.tls?.leaf != nil)
        #expect(try await configuration.credentials.authorization() == "Bearer from-file")
    }

    @Test(
        "identifies the user",
        arguments: [
            ("{token: abc}", "Bearer abc"), ("{token: abc, tokenFile: token}", "Bearer from-file"),
            ("{token: abc, tokenFile: none}", "Bearer abc"), ("{username: a, password: 'b:c'}", "Basic YTpiOmM="),
            ("{username: a}", "Basic YTo="), ("{}", nil), ("{token: ''}", nil), ("{token: null, tokenFile: ''}", nil),
        ] as [(String, String?)]
    )
    func users(user: String, header: String?) async throws {
        let configuration = try load(config(cluster: Self.plain, user: user))
        #expect(try await configuration.credentials.authorization() == header)
    }

    @Test("may be JSON, may omit the user, and may skip verification")
    func variants() throws {
        let json = """
            {"current-context": "x", "contexts": [{"name": "x", "context": {"cluster": "c"}}],
             "clusters": [{"name": "c", "cluster": {"server": "https://[::1]:6443", "insecure-skip-tls-verify": true}}]}
            """
        #expect(try load(json).server.authority == "[::1]:6443")
    }

    @Test("can be used with a different address")
    func override() throws {
        let text = config(cluster: "{server: 'http://host'}")
        #expect(try load(text, server: "http://other:1").server.authority == "other:1")
        #expect(throws: KubernetesError.self) { try load(text, server: "other") }
    }

    @Test("can be used with a different context")
    func otherContext() throws {
        let path = try folder.write(config(cluster: Self.plain), to: "config")
        let load = { context in
            try ClusterConfiguration.load(kubeConfig: .file(path), context: context, server: nil, environment: [:])
        }
        #expect(try load("here").server.authority == "host:80")
        let error = #expect(throws: KubernetesError.self) { try load("nowhere") }
        #expect(error?.description == "\(path) has no context \"nowhere\"; it has: here, other")
    }

    @Test(
        "reports what is wrong in a cluster or user, and where",
        arguments: [
            ("{}", "{}", "clusters[0].cluster.server: is missing"),
            ("{server: host}", "{}", "clusters[0].cluster.server: 'host' must start with https://"),
            ("{server: 5}", "{}", "clusters[0].cluster.server: must be a string"),
            ("{server: 'http://h', proxy-url: 'p:3128'}", "{}", "clusters[0].cluster.proxy-url: must start with"),
            ("{server: 'https://h', certificate-authority: none}", "{}", "certificate-authority: /"),
            ("{server: 'https://h', certificate-authority: none}", "{}", "/none cannot be read: No such file"),
            ("{server: 'https://h', certificate-authority: token}", "{}", "certificate-authority: the trust roots"),
            (
                "{server: 'https://h', certificate-authority-data: '*'}", "{}",
                "certificate-authority-data: is not base64"
            ),
            ("{server: 'https://h', certificate-authority-data: aGk=}", "{}", "certificate-authority-data: the trust"),
            (
                "{server: 'https://h', certificate-authority: ca.crt, certificate-authority-data: aGk=}", "{}",
                "certificate-authority-data: cannot be used with certificate-authority"
            ),
            (
                "{server: 'https://h', certificate-authority: ca.crt, insecure-skip-tls-verify: true}", "{}",
                "insecure-skip-tls-verify: cannot be used with"
            ),
            ("{server: 'https://h', insecure-skip-tls-verify: 'yes'}", "{}", "must be true or false"),
            (
                "{server: 'https://h'}", "{client-certificate: me.crt}",
                "users[0].user.client-key: there is a certificate"
            ),
            (
                "{server: 'https://h'}", "{client-key: me.key}",
                "users[0].user.client-certificate: there is a private key"
            ),
            (
                "{server: 'https://h'}", "{client-certificate: me.crt, client-key: ca.crt}",
                "users[0].user.client-key: the"
            ),
            ("{server: 'http://h'}", "{tokenFile: none}", "/none: the token cannot be read"),
            ("{server: 'http://h'}", "{token: \"a\\nb\"}", "users[0].user.token: is not a bearer token"),
            ("{server: 'http://h'}", "{token: 12}", "users[0].user.token: must be a string"),
            ("{server: 'http://h'}", "{token: a, username: b}", "users[0].user.username: cannot be used with a token"),
            ("{server: 'http://h'}", "{auth-provider: {name: x}}", "users[0].user.auth-provider: is not supported"),
            ("{server: 'http://h'}", "{as: 1}", "users[0].user.as: must be a string"),
            ("{server: 'http://h'}", "{as: x, as-groups: g}", "users[0].user.as-groups: must be a list"),
            ("{server: 'http://h'}", "{as: x, as-groups: [g, 1]}", "users[0].user.as-groups[1]: must be a string"),
            ("{server: 'http://h'}", "{as: x, as-user-extra: [a]}", "users[0].user.as-user-extra: must be an object"),
            ("{server: 'http://h'}", "{as: x, as-user-extra: {a: b}}", "users[0].user.as-user-extra.a: must be a list"),
            ("3", "{}", "clusters[0].cluster: is missing"),
        ]
    )
    func badEntries(cluster: String, user: String, words: String) throws {
        let error = #expect(throws: KubernetesError.self) { try load(config(cluster: cluster, user: user)) }
        let text = error?.description ?? ""
        #expect(text.contains(folder.path) && text.contains(words), "\(text)")
        #expect(!text.contains("a\nb"), "no token is shown")
    }

    @Test(
        "reports what is wrong in the file, and where",
        arguments: [
            ("", "the kubeconfig is empty"),
            ("a: 1\n---\nb: 1", "a kubeconfig is a single document, and this file has 2"),
            ("apiVersion: v1\nkind: Pod\n", "config:1: this is a manifest (kind Pod), not a kubeconfig"),
            ("kind: Config\n---\nkind: List\nitems: []", "config:3: this is a manifest (kind List), not a kubeconfig"),
            ("hello", "config:1: a kubeconfig is an object with clusters, contexts and users"),
            ("a: [", "config:1: malformed YAML"), ("a: 1\nb: 'x\n", "config:2: malformed YAML"),
            ("a: 1", "current-context: is not set"),
            ("current-context: x", "contexts: is missing, but current-context names 'x'"),
            ("current-context: x\ncontexts: {}", "contexts: must be a list"),
            (
                "current-context: x\ncontexts: [{name: b}, {name: a}]",
                "current-context: there is no 'x' in contexts, which has: a, b"
            ),
            ("current-context: x\ncontexts: [{name: x}]", "contexts[0].context: is missing"),
            ("current-context: x\ncontexts: [{name: x, context: {}}]", "contexts[0].context.cluster: is missing"),
            (
                "current-context: x\ncontexts: [{name: x, context: {cluster: c}}]\nclusters: []",
                "contexts[0].context.cluster: there is no 'c' in clusters, which has: nothing"
            ),
        ]
    )
    func badFiles(text: String, words: String) throws {
        let error = #expect(throws: KubernetesError.self) { try load(text) }
        #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
    }

    @Test("is reported if it does not exist")
    func noFile() throws {
        let error = #expect(throws: KubernetesError.self) {
            try ClusterConfiguration.load(kubeConfig: .file(folder.path("none")), server: nil, environment: [:])
        }
        #expect(error?.description == "cannot read \(folder.path("none")): No such file or directory")
        #expect(throws: KubernetesError.self) {
            try ClusterConfiguration.load(kubeConfig: .file(folder.path), server: nil, environment: [:])
        }
    }
}
