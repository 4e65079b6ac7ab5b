import Foundation
import JSON
import TestPrograms
import TestSupport
import Testing

/// `--profiles` and `--profiles-config-map` of the running server, without a cluster.
@Suite("Profiles in the running server", .timeLimit(.minutes(2)))
struct ProfileServerTests {
    private static let profile = """
        profile: newcloud
        prefix: newcloud.example.com
        settings: {region: ""}
        parameters: {account: {annotation: account}}
        use: {when: account}
        volumes:
          - name: newcloud-token
            mount: /var/run/secrets/newcloud
            sources: [{token: {path: token, audience: newcloud, expiration: 3600}}]
        environment:
          - values:
              NEWCLOUD_ACCOUNT: "${account}"
              NEWCLOUD_REGION: "${region}"
              NEWCLOUD_TOKEN_FILE: "${path:newcloud-token/token}"
        tests:
          - {serviceAccount: {annotations: {account: a}}, expected: {mounts: {newcloud-token: /var/run/secrets/newcloud}}}

        """

    private static let account = """
        apiVersion: v1
        kind: ServiceAccount
        metadata:
          name: app
          namespace: default
          annotations: {eks.amazonaws.com/role-arn: "\(WebhookUnderTest.role)", newcloud.example.com/account: first, newcloud.example.com/other: second}

        """

    /// The variables of the pod's first container.
    private func variables(_ webhook: WebhookUnderTest) async throws -> [String: String] {
        let pod = try #require(try Fixtures.json("review-small.json")[path: ["request", "object"]])
        let answer = try await webhook.mutate(pod)
        let variables = answer[path: ["spec", "containers"]]?.elements?.first?["env"]?.elements ?? []
        return variables.reduce(into: [:]) { $0[$1["name"]?.string ?? ""] = $1["value"]?.string }
    }

    @Test("support a new platform with only a file, in addition to AWS")
    func newPlatform() async throws {
        let folder = try TemporaryDirectory()
        try folder.write(Self.profile, to: "newcloud.yaml")
        let webhook = try await WebhookUnderTest(
            ["--profiles", folder.path, "--profile-setting", "newcloud.region=here"],
            accounts: Self.account
        )
        let variables = try await variables(webhook)
        #expect(variables["NEWCLOUD_ACCOUNT"] == "first" && variables["NEWCLOUD_REGION"] == "here")
        #expect(variables["NEWCLOUD_TOKEN_FILE"] == "/var/run/secrets/newcloud/token")
        #expect(variables["AWS_ROLE_ARN"] == WebhookUnderTest.role)
        #expect(try await webhook.scrape().value("pod_identity_webhook_profiles") == 1)
    }

    @Test("can change: an invalid file has no effect, and a valid one may read annotations that were not kept before")
    func changes() async throws {
        let folder = try TemporaryDirectory()
        try folder.write(Self.profile, to: "newcloud.yaml")
        let webhook = try await WebhookUnderTest(["--profiles", folder.path], accounts: Self.account)
        #expect(try await variables(webhook)["NEWCLOUD_ACCOUNT"] == "first")

        try folder.write(Self.profile + "nonsense: true\nfurther: 1\n", to: "newcloud.yaml")
        try await eventually("the bad file to be noticed", log: { webhook.process.log }) {
            try await webhook.scrape().value("pod_identity_webhook_profiles_refused") == 1
        }
        #expect(try await variables(webhook)["NEWCLOUD_ACCOUNT"] == "first")
        #expect(webhook.process.log.contains("nonsense") && webhook.process.log.contains("further"))
        let ready = try await webhook.get("/readyz?verbose")
        #expect(ready.status == 200 && ready.body.contains("the newest profiles cannot be used"), "\(ready.body)")

        let other = Self.profile.replacingOccurrences(of: "annotation: account", with: "annotation: other")
            .replacingOccurrences(of: "annotations: {account: a}", with: "annotations: {other: a}")
        try folder.write(other, to: "newcloud.yaml")
        try await eventually("the change to take effect", log: { webhook.process.log }) {
            try await variables(webhook)["NEWCLOUD_ACCOUNT"] == "second"
        }
        let metrics = try await webhook.scrape()
        #expect(metrics.value("pod_identity_webhook_profiles_refused") == 0)
        #expect(metrics.value("pod_identity_webhook_profile_refusals_total") == 1)
        #expect(try await webhook.get("/readyz?verbose").body.contains("[+]profiles ok\n"))

        try folder.write("", to: "newcloud.yaml")
        try await eventually("the profile to be removed") { try await variables(webhook)["NEWCLOUD_ACCOUNT"] == nil }
        #expect(try await variables(webhook)["AWS_ROLE_ARN"] == WebhookUnderTest.role)
    }

    private static let fine = profile.replacingOccurrences(of: "newcloud", with: "fine")
        .replacingOccurrences(of: "NEWCLOUD", with: "FINE")
        .replacingOccurrences(of: "fine.example.com", with: "newcloud.example.com")

    private static let faults: [(text: String?, message: String)] = [
        ("profile: x\nprefix: kubernetes.io\n", "bad.yaml:2: profile x: prefix: must not be in kubernetes.io"),
        (
            """
            profile: x
            prefix: example.com
            use: {podLabel: {app: shop}}
            environment: [{name: AWS_REGION, value: here}]
            """, "bad.yaml:1: profile x: the variable AWS_REGION is set by AWS too"
        ),
        (profile.replacingOccurrences(of: "profile: newcloud", with: "profile: aws"), "the name aws is taken by AWS"),
        ("profile: [", "bad.yaml"), (nil, "bad.yaml: No such file"),
    ]

    @Test("do not affect other identities if one is invalid at the start, and errors are reported", arguments: faults)
    func badStart(_ text: String?, _ message: String) async throws {
        let folder = try TemporaryDirectory()
        try folder.write(
            Self.fine.replacingOccurrences(of: "settings: {region: \"\"}\n", with: "").replacingOccurrences(
                of: "      FINE_REGION: \"${region}\"\n",
                with: ""
            ),
            to: "fine.yaml"
        )
        if let text { try folder.write(text, to: "bad.yaml") }
        let webhook = try await WebhookUnderTest(
            ["--profiles", folder.path("fine.yaml"), "--profiles", folder.path("bad.yaml")],
            accounts: Self.account
        )
        let variables = try await variables(webhook)
        #expect(variables["AWS_ROLE_ARN"] == WebhookUnderTest.role)
        #expect(variables["FINE_ACCOUNT"] == (text == nil ? nil : "first"))
        #expect(webhook.process.log.contains(message), "\(webhook.process.log)")
        #expect(try await webhook.scrape().value("pod_identity_webhook_profiles_refused") == 1)
        try folder.write("# nothing", to: "bad.yaml")
        try await eventually("the correction to take effect") {
            try await webhook.scrape().value("pod_identity_webhook_profiles_refused") == 0
        }
        // If no profile was in use, the ServiceAccounts are first read again.
        try await eventually("the profile in use") { try await self.variables(webhook)["FINE_ACCOUNT"] == "first" }
    }

    private static func configMap(_ texts: [String: String]) -> String {
        let data = texts.sorted { $0.key < $1.key }.map { key, text in
            "  \(key): |\n" + text.split(separator: "\n").map { "    \($0)\n" }.joined()
        }
        return "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: profiles, namespace: eks}\ndata:\n"
            + data.joined()
    }

    @Test("can come from a ConfigMap with their settings, and an invalid or missing one does not affect AWS identities")
    func configMap() async throws {
        let bad = Self.configMap(["fine.yaml": Self.fine, "newcloud.yaml": "profile: newcloud"])
        let webhook = try await WebhookUnderTest(
            ["--profiles-config-map", "profiles"],
            accounts: Self.account + bad
        )
        #expect(try await variables(webhook).keys.sorted().contains("AWS_ROLE_ARN"))
        #expect(try await variables(webhook)["NEWCLOUD_ACCOUNT"] == nil)
        #expect(try await variables(webhook)["FINE_ACCOUNT"] == "first", "valid profiles are used at the start")
        #expect(try await webhook.scrape().value("pod_identity_webhook_profiles_refused") == 1)
        let good = Self.configMap([
            "newcloud.yaml": Self.profile, "settings.yaml": "settings: {newcloud: {region: there}}",
            "readme.txt": "no profile",
        ])
        try webhook.folder.write(Self.account + good, to: "accounts.yaml")
        try await eventually("the profile", log: { webhook.process.log }) {
            try await variables(webhook)["NEWCLOUD_REGION"] == "there"
        }
        try webhook.folder.write(Self.account, to: "accounts.yaml")
        try await eventually("the missing ConfigMap to be noticed") {
            try await webhook.scrape().value("pod_identity_webhook_profiles_refused") == 1
        }
        #expect(try await variables(webhook)["NEWCLOUD_REGION"] == "there")
    }
}
