import NIOHTTP1
import TestNetwork
import TestSupport
import Testing

@testable import Kubernetes

@Suite("Impersonation", .timeLimit(.minutes(5)))
struct ImpersonationTests {
    private func headers(
        user: String = "{}",
        flags: Impersonation = Impersonation()
    ) throws -> [String] {
        let folder = try TemporaryDirectory()
        let text = """
            current-context: x
            contexts: [{name: x, context: {cluster: c, user: u}}]
            clusters: [{name: c, cluster: {server: 'http://host'}}]
            users: [{name: u, user: \(user)}]
            """
        let configuration = try ClusterConfiguration.load(
            kubeConfig: .file(try folder.write(text, to: "config")),
            server: nil,
            impersonation: flags,
            environment: [:]
        )
        return configuration.access.current.impersonation.map { "\($0.name): \($0.value)" }
    }

    @Test("of the kubeconfig's user is sent as headers")
    func kubeconfig() throws {
        #expect(try headers() == [])
        #expect(try headers(user: "{as: '', as-groups: [], as-uid: null}") == [])
        #expect(
            try headers(
                user: "{as: jane, as-uid: '7', as-groups: [a, 'b c'], as-user-extra: {Scopes: [v, w], 'ex/ä%': [z]}}"
            ) == [
                "Impersonate-User: jane", "Impersonate-Uid: 7", "Impersonate-Group: a", "Impersonate-Group: b c",
                "Impersonate-Extra-scopes: v", "Impersonate-Extra-scopes: w", "Impersonate-Extra-ex%2F%C3%A4%25: z",
            ]
        )
    }

    @Test("on the command line takes precedence, field by field")
    func flags() throws {
        let kubeconfig = "{as: jane, as-uid: '7', as-groups: [a], as-user-extra: {k: [v]}}"
        #expect(
            try headers(user: kubeconfig, flags: Impersonation(user: "joe")) == [
                "Impersonate-User: joe", "Impersonate-Uid: 7", "Impersonate-Group: a", "Impersonate-Extra-k: v",
            ]
        )
        #expect(
            try headers(user: kubeconfig, flags: Impersonation(uid: "8", groups: ["b", "c"])) == [
                "Impersonate-User: jane", "Impersonate-Uid: 8", "Impersonate-Group: b", "Impersonate-Group: c",
                "Impersonate-Extra-k: v",
            ]
        )
        #expect(try headers(flags: Impersonation(user: "joe")) == ["Impersonate-User: joe"])
    }

    @Test(
        "needs a user, and values that are valid in a header",
        arguments: [
            ("{as-groups: [a]}", Impersonation(), "need a user: pass --as"),
            ("{as-user-extra: {a: [b]}}", Impersonation(), "need a user"),
            ("{}", Impersonation(uid: "7"), "need a user"), ("{}", Impersonation(groups: ["a"]), "need a user"),
            ("{as: \"a\\nb\"}", Impersonation(), "the value of Impersonate-User must not have control characters"),
            ("{}", Impersonation(user: "a", groups: ["\u{7f}"]), "the value of Impersonate-Group must not"),
        ]
    )
    func refused(user: String, flags: Impersonation, words: String) {
        let error = #expect(throws: KubernetesError.self) { try headers(user: user, flags: flags) }
        #expect(error?.description.contains(words) ?? false, "\(error?.description ?? "")")
    }

    @Test("works without a kubeconfig, and is sent with every request")
    func requests() async throws {
        let fixture = try await Fixture { _ in [.json("{}")] }
        let configuration = try ClusterConfiguration.load(
            kubeConfig: nil,
            server: "\(fixture.client.server)",
            impersonation: Impersonation(user: "jane", groups: ["a", "b"]),
            environment: [:]
        )
        let client = Fixture.client(configuration)
        _ = try await client.get("/one")
        _ = try await client.body(of: APIRequest(path: "/two"))
        #expect(fixture.server.requests.map { $0.headers["Impersonate-User"] } == [["jane"], ["jane"]])
        #expect(fixture.server.requests.map { $0.headers["Impersonate-Group"] } == [["a", "b"], ["a", "b"]])
        client.shutDown()
        try await fixture.close()
    }
}
