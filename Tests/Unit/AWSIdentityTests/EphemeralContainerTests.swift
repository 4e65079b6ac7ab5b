import AWSIdentity
import JSON
import PodIdentity
import TestSupport
import Testing

@Suite("An ephemeral container", .timeLimit(.minutes(5)))
struct EphemeralContainerTests {
    private static let role = "arn:aws:iam::111122223333:role/app"
    private static let listed = #"{"identities": [{"namespace": "ns", "serviceAccount": "app"}]}"#

    private static var providers: [any IdentityProvider] {
        var settings = AWSSettings()
        settings.region = "eu-central-1"
        settings.usesRegionalSTS = true
        let credentials = EKSPodIdentitySettings(identitiesFile: "identities.json")
        return [
            EKSPodIdentityProvider(settings: settings, credentials: credentials),
            IRSAProvider(settings: settings),
        ]
    }

    /// A pod of two containers as it was created, with added ephemeral containers.
    private func pod(_ ephemeral: String, listed: Bool = false, role: String? = role, annotations: String = "{}") throws
        -> JSONTree
    {
        let before = """
            {"metadata":{"name":"p","annotations":\(annotations)},"spec":{"serviceAccountName":"app",
            "containers":[{"name":"plain"},{"name":"main"}]}}
            """
        var account = Annotations(["eks.amazonaws.com/skip-containers": "plain"])
        if let role { account["eks.amazonaws.com/role-arn"] = role }
        var created = try PureMutation.run(
            try JSONTree(parsing: before.utf8),
            namespace: "ns",
            serviceAccount: .known(account),
            configurations: [.file(path: "identities.json"): listed ? Self.listed : "{}"],
            providers: Self.providers
        ).pod
        created[path: ["spec", "ephemeralContainers"]] = try JSONTree(parsing: ephemeral.utf8)
        return created
    }

    private func mutate(_ pod: JSONTree, except existing: Set<String> = []) throws -> (JSONTree, MutationResult) {
        let outcome = try JSONParser().parse(pod.bytes) { root in
            try ProviderChain(Self.providers).mutateEphemeralContainers(
                of: try PodView(root, namespace: "ns"),
                except: existing
            )
        }
        return (try pod.applying(patch: try JSONTree(parsing: outcome.patch.bytes)), outcome)
    }

    private func values(_ container: JSONTree?) -> [String] {
        container?["env"]?.elements?.map { "\($0["name"]?.string ?? "")=\($0["value"]?.string ?? "")" } ?? []
    }

    @Test("has its role in the audit log, cut to the maximum length of a role")
    func longIdentity() throws {
        var before = try pod(#"[{"name":"debugger"}]"#)
        let text = String(decoding: before.bytes, as: UTF8.self)
        before = try JSONTree(parsing: text.replacing(Self.role, with: String(repeating: "r", count: 500_000)).utf8)
        let (after, outcome) = try mutate(before)
        #expect(outcome.identity?.utf8.count == Annotations.maximumValue)
        let variables = values(after[path: ["spec", "ephemeralContainers"]]?.elements?.first)
        #expect(variables.contains { $0.utf8.count > 500_000 }, "the container has the same identity as the others")
    }

    @Test("gets the variables and mount of the pod's other containers", arguments: [false, true])
    func injected(listed: Bool) throws {
        let before = try pod(#"[{"name":"debugger","image":"x"}]"#, listed: listed)
        let (after, outcome) = try mutate(before)
        #expect(outcome.reason == .injected && outcome.warnings == [])
        #expect(outcome.method == (listed ? "container_credentials" : "sts_web_identity"))
        #expect(outcome.identity == (listed ? "the pod identity association of ns/app" : Self.role))
        let main = after[path: ["spec", "containers"]]?.elements?[1]
        let debugger = after[path: ["spec", "ephemeralContainers"]]?.elements?[0]
        #expect(values(debugger) == values(main) && values(main).count == 5)
        #expect(debugger?["volumeMounts"] == main?["volumeMounts"])
        var rest = after
        rest[path: ["spec", "ephemeralContainers"]] = before[path: ["spec", "ephemeralContainers"]]
        #expect(rest == before, "nothing else of an existing pod can change")
        let (_, again) = try mutate(after)
        #expect(again.reason == .alreadyInjected && again.patch.isEmpty)
    }

    @Test("gets nothing if the other containers have nothing")
    func noIdentity() throws {
        let (_, outcome) = try mutate(try pod(#"[{"name":"debugger"}]"#, role: nil))
        #expect(outcome.reason == .podHasNoIdentity && outcome.patch.isEmpty)
    }

    @Test("gets nothing if it existed before, or if the pod skips it")
    func leftAlone() throws {
        let two = #"[{"name":"old"},{"name":"new"}]"#
        let (after, outcome) = try mutate(try pod(two), except: ["old"])
        #expect(outcome.reason == .injected)
        #expect(values(after[path: ["spec", "ephemeralContainers"]]?.elements?[0]) == [])
        #expect(values(after[path: ["spec", "ephemeralContainers"]]?.elements?[1]).count == 5)
        let skipped = try pod(
            #"[{"name":"debugger"}]"#,
            annotations: #"{"eks.amazonaws.com/skip-containers":"debugger"}"#
        )
        #expect(try mutate(skipped).1.patch.isEmpty)
    }

    @Test("keeps the variables that it sets itself")
    func own() throws {
        let ephemeral =
            #"[{"name":"d","env":[{"name":"AWS_REGION","value":"us-east-1"},{"name":"AWS_PROFILE","value":"me"}]}]"#
        let (after, outcome) = try mutate(try pod(ephemeral))
        let debugger = after[path: ["spec", "ephemeralContainers"]]?.elements?[0]
        #expect(values(debugger).contains("AWS_REGION=us-east-1"))
        #expect(!values(debugger).contains { $0.hasPrefix("AWS_DEFAULT_REGION") })
        #expect(outcome.warnings == ["sets AWS_PROFILE, which SDKs use instead of the role (container d)"])
    }

    @Test("that targets a container gets what that container has")
    func target() throws {
        var before = try pod(#"[{"name":"d","targetContainerName":"main"}]"#)
        var other = before[path: ["spec", "containers"]]?.elements ?? []
        other[0]["env"] = .array([
            .object(["name": .string("AWS_ROLE_ARN"), "value": .string("arn:aws:iam::111122223333:role/other")]),
            .object(["name": .string("AWS_WEB_IDENTITY_TOKEN_FILE"), "value": .string("/other/token")]),
        ])
        other[0]["volumeMounts"] = .array([
            .object(["name": .string("aws-iam-token"), "mountPath": .string("/other")])
        ])
        before[path: ["spec", "containers"]] = .array(other)
        let (after, outcome) = try mutate(before)
        #expect(outcome.identity == Self.role)
        let debugger = after[path: ["spec", "ephemeralContainers"]]?.elements?[0]
        #expect(values(debugger).contains("AWS_ROLE_ARN=\(Self.role)"))
        var untargeted = before
        untargeted[path: ["spec", "ephemeralContainers"]] = .array([.object(["name": .string("d")])])
        #expect(try mutate(untargeted).1.identity == "arn:aws:iam::111122223333:role/other")
    }
}
