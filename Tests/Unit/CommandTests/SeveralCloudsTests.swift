import ArgumentParser
import Foundation
import JSON
import PodIdentity
import TestSupport
import Testing

@testable import pod_identity_webhook

@Suite("A pod of several clouds and a profile, as configured with flags,", .timeLimit(.minutes(5)))
struct SeveralCloudsTests {
    private static let clouds = ["aws", "google", "azure"]
    private static let orders = clouds.flatMap { first in
        clouds.filter { $0 != first }.map { second in
            [first, second, clouds.first { ![first, second].contains($0) } ?? ""]
        }
    }
    private static let all = Set(clouds + ["anthropic"])

    /// A variable of each cloud.
    private static let variables = [
        "aws": "AWS_WEB_IDENTITY_TOKEN_FILE", "google": "GOOGLE_APPLICATION_CREDENTIALS",
        "azure": "AZURE_FEDERATED_TOKEN_FILE", "anthropic": "ANTHROPIC_IDENTITY_TOKEN_FILE",
    ]
    private static let annotations = [
        "eks.amazonaws.com/role-arn": "arn:aws:iam::111122223333:role/shop",
        "cloud.google.com/workload-identity-provider":
            "projects/123456789012/locations/global/workloadIdentityPools/clusters/providers/one",
        "cloud.google.com/service-account-email": "shop@example.iam.gserviceaccount.com",
        "azure.workload.identity/client-id": "22222222-2222-4222-8222-222222222222",
        "pod-identity-webhook/anthropic-federation-rule": "fdrl_1",
    ]
    private static let label = ["azure.workload.identity/use": "true"]

    private struct Result {
        let answer: Answer<MutationResult>
        /// Nil if something must be looked up first.
        let pod: JSONTree?
        /// The clouds whose variable a container has, by the container's name.
        var clouds: [String: Set<String>] = [:]

        var result: MutationResult? { answer.value }
        var reasons: [String: Reason] {
            Dictionary(result?.parts.map { ($0.cloud, $0.reason) } ?? []) { first, _ in first }
        }
    }

    private static func account(_ changes: [String: String?] = [:]) -> DecisionInputs.Object {
        var annotations = Annotations()
        for (key, value) in Self.annotations { annotations[key] = value }
        for (key, value) in changes { annotations[key] = value }
        return .known(annotations)
    }

    private static func pod(_ labels: [String: String] = Self.label, _ annotations: [String: String] = [:]) throws
        -> JSONTree
    {
        func object(_ texts: [String: String]) -> String {
            "{\(texts.map { "\(JSONString($0).lexeme):\(JSONString($1).lexeme)" }.joined(separator: ","))}"
        }
        return try JSONTree(
            parsing: """
                {"metadata": {"name": "p", "labels": \(object(labels)), "annotations": \(object(annotations))},
                 "spec": {"serviceAccountName": "shop", "initContainers": [{"name": "setup"}],
                  "containers": [{"name": "main", "env": null}, {"name": "side"}]}}
                """.utf8
        )
    }

    private func mutate(
        _ pod: JSONTree,
        _ account: DecisionInputs.Object = Self.account(),
        _ order: [String] = Self.clouds,
        flags: [String] = [],
        namespace: DecisionInputs.Object? = nil,
        version: ServerVersion? = ServerVersion(1, 34),
        areProfilesRead: Bool = true
    ) throws -> Result {
        let own = [
            "--providers=\(order.joined(separator: ","))", "--azure-tenant-id=t",
            "--profiles=\(TestFolders.repository)/deploy/profiles/anthropic.yaml",
            "--profile-setting=anthropic.organization=org",
        ]
        let options = try IdentityOptions.parse(own + flags)
        let chain = try options.providers(configMapNamespace: "n", composition: nil, environment: [:])
        let source = try #require(chain.dynamicConfigurations.first)
        var configurations = ProviderConfigurations(unread: [source.place])
        if areProfilesRead {
            let text = try Data(contentsOf: URL(fileURLWithPath: String(own[2].dropFirst("--profiles=".count))))
            var problems: Warnings = []
            configurations.set(
                source.place,
                to: try source.read([ConfigurationText(name: "anthropic.yaml", Array(text))], &problems)
            )
            #expect(problems.isEmpty)
        } else {
            configurations.markAsUnavailable(source.place)
        }
        let answer = try JSONParser().parse(pod.bytes) { root in
            var generator = SystemRandomNumberGenerator()
            let inputs = DecisionInputs(
                serviceAccount: account,
                namespace: namespace,
                serverVersion: version,
                configurations: configurations
            )
            return try chain.mutate(try PodView(root, namespace: "ns"), inputs, using: &generator)
        }
        guard let mutated = answer.value else { return Result(answer: answer, pod: nil) }
        let after = try pod.applying(patch: try JSONTree(parsing: mutated.patch.bytes))
        var result = Result(answer: answer, pod: after)
        for list in ["initContainers", "containers"] {
            for container in after[path: ["spec", list]]?.elements ?? [] {
                let names = Set((container["env"]?.elements ?? []).compactMap { $0["name"]?.string })
                let found = Self.variables.filter { names.contains($0.value) }.keys
                result.clouds[container["name"]?.string ?? ""] = Set(found)
            }
        }
        return result
    }

    @Test("has all of them in each container, in any order, and a second call adds nothing", arguments: orders)
    func inEachOrder(_ order: [String]) throws {
        let once = try mutate(try Self.pod(), Self.account(), order)
        #expect(once.clouds == ["setup": Self.all, "main": Self.all, "side": Self.all])
        #expect(once.result?.parts.map(\.cloud) == order + ["anthropic"])
        #expect(once.result?.reason == .injected && once.result?.warnings.isEmpty ?? false)
        for other in Self.orders {
            let again = try mutate(try #require(once.pod), Self.account(), other)
            #expect(again.result?.patch.isEmpty ?? false && again.result?.reason == .alreadyInjected)
        }
    }

    @Test(
        "loses only one cloud's identity by that cloud's list or label, or a mistake in its annotations",
        arguments: [
            ("aws", [:], [:], ["eks.amazonaws.com/skip-containers": "main,side,setup"]),
            ("aws", ["eks.amazonaws.com/skip-pod-identity-webhook": "true"], [:], [:]),
            ("aws", [:], ["eks.amazonaws.com/role-arn": nil], [:]),
            ("google", [:], [:], ["cloud.google.com/skip-containers": "main, side,setup"]),
            (
                "google", [:],
                ["cloud.google.com/workload-identity-provider": nil, "cloud.google.com/service-account-email": nil], [:]
            ),
            ("azure", [:], [:], ["azure.workload.identity/skip-containers": "main;side; setup"]),
            ("azure", ["azure.workload.identity/use": "True"], [:], [:]),
            ("anthropic", [:], ["pod-identity-webhook/anthropic-federation-rule": nil], [:]),
        ] as [(String, [String: String], [String: String?], [String: String])]
    )
    func left(cloud: String, labels: [String: String], account: [String: String?], annotations: [String: String]) throws
    {
        let pod = try Self.pod(Self.label.merging(labels) { $1 }, annotations)
        for order in Self.orders {
            let found = try mutate(pod, Self.account(account), order)
            let others = Self.all.subtracting([cloud])
            #expect(found.clouds == ["setup": others, "main": others, "side": others], "\(order)")
            #expect(found.result?.denial == nil)
        }
    }

    @Test(
        "keeps the other identities if one is malformed, which is that cloud's reason",
        arguments: [
            ("aws", "eks.amazonaws.com/role-arn", Reason.malformedRole),
            ("google", "cloud.google.com/service-account-email", .malformedIdentity),
            ("azure", "azure.workload.identity/client-id", .malformedIdentity),
        ]
    )
    func malformed(cloud: String, key: String, reason: Reason) throws {
        let found = try mutate(try Self.pod(), Self.account([key: "nonsense"]))
        #expect(found.clouds["main"] == Self.all && found.result?.reason == reason)
        #expect(found.reasons.filter { $0.value != .injected } == [cloud: reason])
    }

    @Test(
        "is denied by one cloud, which the message names, and then gets nothing",
        arguments: [
            ("google", ["cloud.google.com/injection-mode": "own"], [:]),
            ("anthropic", ["pod-identity-webhook/anthropic-federation-rule": "other"], [:]),
            ("azure", ["azure.workload.identity/service-account-token-expiration": "1h"], [:]),
            ("google", [:], ["cloud.google.com/token-expiration": ""]),
            (
                "azure", [:],
                [
                    "azure.workload.identity/inject-proxy-sidecar": "true",
                    "azure.workload.identity/proxy-sidecar-port": "0",
                ]
            ),
        ] as [(String, [String: String?], [String: String])]
    )
    func denied(cloud: String, account: [String: String?], annotations: [String: String]) throws {
        for order in Self.orders {
            let found = try mutate(try Self.pod(Self.label, annotations), Self.account(account), order)
            let result = try #require(found.result)
            #expect(result.denial?.code == 400 && result.denial?.reason == .invalidSetting)
            #expect(result.denial?.message.hasPrefix("\(cloud): ") ?? false, "\(result.denial?.message ?? "")")
            #expect(result.patch.isEmpty && result.parts.map(\.cloud) == [cloud])
        }
    }

    @Test("is decided about by each cloud separately if something is unknown", arguments: orders)
    func unknown(order: [String]) throws {
        let (plain, labelled) = (try Self.pod([:]), try Self.pod())
        for pod in [plain, labelled] {
            guard case .needs(.serviceAccount) = try mutate(pod, .unknown, order).answer else {
                Issue.record("nothing is looked up")
                continue
            }
        }
        // Azure denies its pods instead of creating them without an identity; the other clouds do not change them.
        let unavailable = try mutate(plain, .unavailable("gone"), order)
        #expect(unavailable.result?.denial == nil && unavailable.result?.patch.isEmpty ?? false)
        #expect(unavailable.reasons["aws"] == .serviceAccountUnavailable)
        #expect(unavailable.reasons["google"] == .serviceAccountUnavailable)
        #expect(unavailable.reasons["azure"] == .noIdentity && unavailable.result?.reason == .serviceAccountUnavailable)
        let denial = try #require(try mutate(labelled, .unavailable("gone"), order).result?.denial)
        #expect(
            denial.code == 503 && denial.reason == .serviceAccountUnavailable && denial.message.hasPrefix("azure: ")
        )
        let reasons = try mutate(plain, .absent, order).reasons
        #expect(reasons["aws"] == .serviceAccountNotFound && reasons["google"] == .serviceAccountNotFound)
        let absent = try mutate(labelled, .absent, order).result?.denial
        #expect(absent?.code == 400 && absent?.reason == .serviceAccountNotFound)
    }

    @Test(
        "gets the identities that do not depend on an unknown Namespace, version or profile",
        arguments: orders
    )
    func partly(order: [String]) throws {
        let own = Self.account(["eks.amazonaws.com/role-arn": nil])
        let namespace = try mutate(
            try Self.pod(),
            own,
            order,
            flags: ["--namespace-roles=true"],
            namespace: .unavailable("gone")
        )
        #expect(namespace.clouds["main"] == ["google", "azure", "anthropic"])
        #expect(namespace.reasons["aws"] == .namespaceUnavailable && namespace.result?.reason == .namespaceUnavailable)

        #expect(try mutate(try Self.pod(), Self.account(), order, version: nil).clouds["main"] == Self.all)
        let proxy = try Self.pod(Self.label, ["azure.workload.identity/inject-proxy-sidecar": "true"])
        let version = try mutate(proxy, Self.account(), order, version: nil).result?.denial
        #expect(version?.code == 503 && version?.reason == .serverVersionUnavailable)

        let profiles = try mutate(try Self.pod(), Self.account(), order, areProfilesRead: false)
        #expect(profiles.clouds["main"] == Set(Self.clouds) && profiles.result?.reason == .configMapUnavailable)
        #expect(profiles.reasons["profiles"] == .configMapUnavailable && profiles.result?.denial == nil)
    }
}
