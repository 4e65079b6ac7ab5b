import FederationProfiles
import JSON
import PodIdentity
import TestSupport
import Testing

/// Tests profiles through the chain of providers, as configurations add them.
@Suite("Profile providers", .timeLimit(.minutes(5)))
struct ProfileProviderTests {
    private static let place = ProviderConfigurationSource(.file(path: "profiles.yaml"), ProfileSet.self)
    private static let pod = #"""
        {"metadata": {"name": "cart", "annotations": {}},
         "spec": {"serviceAccountName": "cart", "containers": [{"name": "app"}, {"name": "own", "env": [{"name": "SMALL_NAME", "value": "mine"}]}]}}
        """#

    private struct Outcome {
        var result: MutationResult
        var after: JSONTree
    }

    private func mutate(
        _ pod: JSONTree,
        _ text: String,
        _ annotations: KeyValuePairs<String, String>,
        account: DecisionInputs.Object? = nil
    ) throws -> Answer<Outcome> {
        var configurations = ProviderConfigurations()
        try configurations.read(Array(text.utf8), of: Self.place)
        let inputs = DecisionInputs(
            serviceAccount: account ?? .known(Annotations(annotations)),
            configurations: configurations
        )
        var generator = SeededGenerator(seed: 1)
        return try JSONParser().parse(pod.bytes) { root in
            let view = try PodView(root, namespace: "shop")
            switch try ProviderChain([], dynamic: [Self.place]).mutate(view, inputs, using: &generator) {
            case .needs(let need): return .needs(need)
            case .ready(let result):
                let patch = try JSONTree(parsing: result.patch.bytes)
                return .ready(Outcome(result: result, after: try pod.applying(patch: patch)))
            }
        }
    }

    @Test("give a pod several identities at once, and nothing more on a second call")
    func several() throws {
        let text =
            [ProfileText.plain, PlatformProfiles.tencent, ProductProfiles.vault].joined(separator: "\n---\n")
            + "\n---\nsettings: {tencent: {region: r, providerID: p}, vault: {address: \"https://v\"}}"
        let annotations: KeyValuePairs = [
            "small.example/name": "n", "tke.cloud.tencent.com/role-arn": "role",
            "identity.example.com/vault-role": "app",
        ]
        let pod = try JSONTree(parsing: Self.pod.utf8)
        let first = try #require(try mutate(pod, text, annotations).value)
        let app = first.after["spec"]?["containers"]?.elements?.first
        let names = app?["env"]?.elements?.compactMap { $0["name"]?.string }
        #expect(
            names == [
                "SMALL_NAME", "SMALL_FILE", "TKE_REGION", "TKE_PROVIDER_ID", "TKE_ROLE_ARN",
                "TKE_WEB_IDENTITY_TOKEN_FILE",
                "VAULT_ADDR",
            ]
        )
        #expect(
            app?["volumeMounts"]?.elements?.compactMap { $0["mountPath"]?.string } == [
                "/var/run/secrets/small", "/var/run/secrets/cloud.tencent.com/serviceaccount",
                "/var/run/secrets/vault.hashicorp.com",
            ]
        )
        let file =
            first.after[path: ["metadata", "annotations", "identity.example.com/vault.agent.json"]]?.string ?? ""
        #expect(try JSONTree(parsing: file.utf8)["auto_auth"]?["method"]?["config"]?["role"]?.string == "app")
        #expect(first.result.parts.map(\.cloud) == ["small", "tencent", "vault"])
        #expect(first.result.parts.map(\.reason) == [.ownIdentity, .injected, .injected])

        let second = try #require(try mutate(first.after, text, annotations).value)
        #expect(second.result.patch.isEmpty && second.after == first.after)
    }

    @Test("support a new platform with only a text, and do not affect others if its identity is invalid")
    func skipped() throws {
        let text =
            ProfileText.plain + "\n---\n"
            + ProductProfiles.anthropic.replacing("prefix:", with: "onInvalid: skip\nprefix:")
        let annotations: KeyValuePairs = [
            "small.example/name": "n", "identity.example.com/anthropic-federation-rule": "x",
        ]
        let outcome = try #require(try mutate(JSONTree(parsing: Self.pod.utf8), text, annotations).value)
        #expect(outcome.result.parts.map(\.reason) == [.ownIdentity, .invalidSetting])
        #expect(outcome.result.warnings.lines.contains { $0.contains("no identity of anthropic is given") })
    }

    @Test("deny a pod with what to correct")
    func denied() throws {
        let pod =
            #"{"metadata":{"annotations":{"small.example/seconds":"x"}},"spec":{"serviceAccountName":"a","containers":[]}}"#
        let outcome = try #require(
            try mutate(JSONTree(parsing: pod.utf8), ProfileText.plain, ["small.example/name": "n"]).value
        )
        #expect(outcome.result.denial?.code == 400 && outcome.result.patch.isEmpty)
        #expect(
            outcome.result.denial?.message
                == "small: \"x\" is not a whole number of seconds (the pod's small.example/seconds)"
        )
    }

    @Test("request the ServiceAccount, and warn if it cannot be looked up")
    func lookups() throws {
        let pod = try JSONTree(parsing: Self.pod.utf8)
        guard case .needs(.serviceAccount(let name)) = try mutate(pod, ProfileText.plain, [:], account: .unknown) else {
            Issue.record("the ServiceAccount is not requested")
            return
        }
        #expect("\(name)" == "shop/cart")
        let lost = try #require(try mutate(pod, ProfileText.plain, [:], account: .unavailable("too late")).value)
        #expect(lost.result.reason == .serviceAccountUnavailable)
        #expect(lost.result.warnings.lines.first?.contains("no identity of small is given") == true)
    }

    @Test("give an ephemeral container what its target has")
    func ephemeral() throws {
        let annotations: KeyValuePairs = ["small.example/name": "$(A)"]
        let pod = try JSONTree(parsing: Self.pod.utf8)
        var existing = try #require(try mutate(pod, ProfileText.plain, annotations).value).after
        existing[path: ["spec", "ephemeralContainers"]] = .array([
            .object(["name": .string("debug"), "targetContainerName": .string("app")])
        ])
        var configurations = ProviderConfigurations()
        try configurations.read(Array(ProfileText.plain.utf8), of: Self.place)
        let after = try JSONParser().parse(existing.bytes) { root in
            let view = try PodView(root, namespace: "shop")
            let chain = ProviderChain([], dynamic: [Self.place])
            let result = try chain.mutateEphemeralContainers(of: view, except: [], configurations)
            #expect(result.parts.map(\.identity) == ["$$(A)"] || result.parts.map(\.identity) == ["$(A)"])
            return try existing.applying(patch: JSONTree(parsing: result.patch.bytes))
        }
        let debug = after["spec"]?["ephemeralContainers"]?.elements?.first
        let app = after["spec"]?["containers"]?.elements?.first
        #expect(debug?["env"] == app?["env"] && debug?["env"] != nil)
        #expect(debug?["volumeMounts"] == app?["volumeMounts"] && debug?["volumeMounts"] != nil)
    }

    @Test("warn a ServiceAccount's author of invalid and unknown annotations")
    func serviceAccounts() throws {
        let set = try ProfileSet(
            ProfileText.plain + "\n---\n" + ProductProfiles.openai + "\n---\n" + ProductProfiles.yandex
        )
        let annotations: KeyValuePairs = [
            "small.example/name": "n", "small.example/secnds": "1", "small.example/seconds": "x",
            "identity.example.com/openai-federation-rule": "r", "identity.example.com/typo": "t",
        ]
        let problems = set.providers.map { $0.problems(ofServiceAccount: Annotations(annotations)).lines }
        #expect(
            problems == [
                [
                    "\"x\" is not a whole number of seconds (the ServiceAccount's small.example/seconds)",
                    "unknown annotation small.example/secnds ignored; did you mean small.example/seconds?",
                ],
                ["unknown annotation identity.example.com/typo ignored"], [],
            ]
        )
        #expect(set.providers.map { $0.givesIdentity(Annotations(annotations)) } == [true, true, false])
        #expect(set.providers.allSatisfy { !$0.givesIdentity(Annotations()) })
    }

    @Test("define which variables and files make up the identity")
    func shape() throws {
        let set = try ProfileSet(LargeCloudProfiles.google)
        let email = "a@p.iam.gserviceaccount.com"
        let provider = "projects/1/locations/l/workloadIdentityPools/p/providers/k"
        let inputs = ProfileInputs(
            namespace: "shop",
            serviceAccountName: "cart",
            serviceAccount: .known(
                Annotations([
                    "cloud.google.com/workload-identity-provider": provider,
                    "cloud.google.com/service-account-email": email,
                ])
            )
        )
        guard case .given(let injection) = set.profiles[0].evaluate(inputs).outcome else {
            Issue.record("no identity is given")
            return
        }
        #expect(
            injection.identityVariables == ["GOOGLE_APPLICATION_CREDENTIALS", "CLOUDSDK_AUTH_CREDENTIAL_FILE_OVERRIDE"]
        )
        #expect(
            injection.files == [
                IdentityFile(nil, volume: "gcp-iam-token", path: "token"),
                IdentityFile(
                    "GOOGLE_APPLICATION_CREDENTIALS",
                    volume: "external-credential-config",
                    path: "federation.json"
                ),
            ]
        )
        let contents = injection.volumes.map(\.content)
        #expect(
            contents[1]
                == .downwardAPI([
                    .init(path: "federation.json", annotation: "cloud.google.com/external-credentials-json")
                ])
        )
        #expect(contents[2] == .empty && injection.mounts[2].isWritable)
    }
}
