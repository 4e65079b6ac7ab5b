import TestNetwork
import TestSupport
import Testing

@testable import Kubernetes

@Suite("A 401 response", .timeLimit(.minutes(5)))
struct RequesterTests {
    private let folder: TemporaryDirectory

    init() throws { folder = try TemporaryDirectory() }

    private func configuration(user: String?, port: Int = 1) throws -> ClusterConfiguration {
        let context = user == nil ? "{cluster: c}" : "{cluster: c, user: dev}"
        let path = try folder.write(
            """
            apiVersion: v1
            kind: Config
            current-context: x
            contexts: [{name: x, context: \(context)}]
            clusters: [{name: c, cluster: {server: 'http://127.0.0.1:\(port)'}}]
            users: [{name: dev, user: \(user ?? "{}")}]
            """,
            to: "config"
        )
        return try .load(kubeConfig: .file(path), server: nil, environment: [:])
    }

    @Test(
        "is reported with the kubeconfig's user and its credentials",
        arguments: [
            ("{token: t}", "its token"), ("{tokenFile: t, token: u}", "the token in FOLDER/t"),
            ("{username: a, password: b}", "its password"), ("{}", "no credentials"),
            ("{client-certificate-data: eA==}", "its client certificate"),
            (
                "{exec: {command: aws, apiVersion: client.authentication.k8s.io/v1beta1}, token: t}",
                "the credential plugin 'aws'"
            ),
        ]
    )
    func users(user: String, credentials: String) throws {
        try folder.write("t0ken", to: "t")
        let requester = try configuration(user: user).requester
        let expected = credentials.replacing("FOLDER", with: folder.path)
        #expect(requester == "user 'dev' of \(folder.path("config")), with \(expected)")
    }

    @Test("is reported with the impersonated user")
    func answer() async throws {
        let server = try await ScriptedServer { _ in [.status(401, reason: "Unauthorized", message: "Unauthorized")] }
        for (user, words) in [
            ("{token: t}", "as user 'dev' of \(folder.path("config")), with its token"), (nil, "without credentials"),
        ] as [(String?, String)] {
            let client = Fixture.client(try configuration(user: user, port: server.port))
            let error = await #expect(throws: KubernetesError.self) { try await client.get("/api") }
            let text = "the API server refused: 401 Unauthorized: Unauthorized (the request was made \(words))"
            #expect(error?.description == text)
            client.shutDown()
        }
        try await server.close()
    }

    @Test("in a pod is reported with the path of its token")
    func pod() throws {
        let account = "var/run/secrets/kubernetes.io/serviceaccount"
        try folder.makeFolder(account)
        try folder.write("t0ken", to: "\(account)/token")
        let authority = try TestCertificates().root.certificate
        try folder.write(String(decoding: authority, as: UTF8.self), to: "\(account)/ca.crt")
        let configuration = try ClusterConfiguration.inCluster(
            environment: ["KUBERNETES_SERVICE_HOST": "10.0.0.1", "KUBERNETES_SERVICE_PORT": "443"],
            rootFolder: folder.path
        )
        #expect(configuration.requester == "the ServiceAccount token in \(folder.path("\(account)/token"))")
    }
}
