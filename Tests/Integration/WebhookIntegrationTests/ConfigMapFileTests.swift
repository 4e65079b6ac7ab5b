import AWSIdentity
import JSON
import TestPrograms
import TestSupport
import Testing

/// `--watch-config-map` of the running server, without a cluster.
@Suite("The ConfigMap in the file of ServiceAccounts", .timeLimit(.minutes(2)))
struct ConfigMapFileTests {
    private static func configMap(_ config: String, namespace: String = "eks", name: String = "pod-identity-webhook")
        -> String
    {
        """
        ---
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: \(name), namespace: \(namespace)}
        data:
          config: |
            \(config)

        """
    }

    private static let account = "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: app, namespace: default}\n"
    private static let entry = #"{"def*/app": {"RoleARN": "\#(WebhookUnderTest.role)"}, "nonsense": {}}"#

    private func hasRole(_ webhook: WebhookUnderTest) async throws -> Bool {
        let pod = try #require(try Fixtures.json("review-small.json")[path: ["request", "object"]])
        return try await webhook.mutate(pod).pretty.contains(WebhookUnderTest.role)
    }

    @Test(
        "gives roles if it is watched and has the right name and namespace",
        arguments: [
            (["--watch-config-map"], configMap(entry), true), ([], configMap(entry), false),
            (["--watch-config-map=false"], configMap(entry), false),
            (["--watch-config-map"], configMap(entry, namespace: "other"), false),
            (["--watch-config-map", "--namespace", "other"], configMap(entry, namespace: "other"), true),
            (["--watch-config-map"], configMap(entry, name: "other"), false),
        ]
    )
    func place(_ flags: [String], _ configMap: String, _ expected: Bool) async throws {
        let webhook = try await WebhookUnderTest(flags, accounts: Self.account + configMap)
        #expect(try await hasRole(webhook) == expected)
        #expect(webhook.process.log.contains("nonsense") == expected, "the bad entry is reported")
    }

    @Test("is reloaded when it changes; an invalid one changes nothing, and without one there are no entries")
    func changes() async throws {
        let webhook = try await WebhookUnderTest(["--watch-config-map"], accounts: Self.account)
        #expect(try await !hasRole(webhook))
        try webhook.folder.write(Self.configMap(Self.entry), to: "accounts.yaml")
        try await eventually("the ConfigMap to apply to the unknown account") { try await hasRole(webhook) }
        try webhook.folder.write(Self.account + Self.configMap("{"), to: "accounts.yaml")
        try await eventually("the bad text to be reported", log: { webhook.process.log }) {
            webhook.process.log.contains("the configuration cannot be used; the previous one stays in use")
        }
        #expect(try await hasRole(webhook))
        try webhook.folder.write(Self.account, to: "accounts.yaml")
        try await eventually("the entries to be removed") { try await !hasRole(webhook) }
    }
}
