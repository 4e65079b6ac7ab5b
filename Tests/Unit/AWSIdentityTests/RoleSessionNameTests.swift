import AWSIdentity
import JSON
import PodIdentity
import TestSupport
import Testing

@Suite("The role session name", .timeLimit(.minutes(5)))
struct RoleSessionNameTests {
    private static let field = #"{"valueFrom":{"fieldRef":{"apiVersion":"v1","fieldPath":"metadata.name"}}}"#

    private func mutate(
        metadata: String,
        environment: String = "[]",
        account: String? = "pod",
        flag: RoleSessionName = .ofSDK
    ) throws -> PureMutation {
        var settings = AWSSettings()
        settings.roleSessionName = flag
        var annotations = Annotations(["eks.amazonaws.com/role-arn": PodUnderTest.role])
        annotations["eks.amazonaws.com/role-session-name"] = account
        let pod = """
            {"metadata": \(metadata), "spec": {"serviceAccountName": "app", "containers": [{"name": "main",
             "env": \(environment)}]}}
            """
        return try PureMutation.run(
            try JSONTree(parsing: pod.utf8),
            namespace: "ns",
            serviceAccount: .known(annotations),
            providers: [IRSAProvider(settings: settings)]
        )
    }

    private func name(_ result: PureMutation) -> JSONTree? {
        let list = result.pod[path: ["spec", "containers"]]?.elements?.first?["env"]?.elements ?? []
        var entry = list.last { $0["name"]?.string == "AWS_ROLE_SESSION_NAME" }
        entry?["name"] = nil
        return entry
    }

    @Test(
        "is the pod's name as the kubelet knows it, within the length that STS accepts",
        arguments: [
            (#"{"name":"ab"}"#, field), (#"{"generateName":"web-"}"#, field), ("{}", field),
            (#"{"name":"\#(String(repeating: "a", count: 64))"}"#, field),
            (
                #"{"name":"xx\#(String(repeating: "a", count: 62))-0"}"#,
                #"{"value":"\#(String(repeating: "a", count: 62))-0"}"#
            ),
            (#"{"name":"a"}"#, #"{"value":"pod-a"}"#),
        ]
    )
    func names(metadata: String, expected: String) throws {
        let result = try mutate(metadata: metadata)
        #expect(name(result) == (try JSONTree(parsing: expected.utf8)))
        #expect(result.warnings == [])
    }

    @Test(
        "is set by the ServiceAccount, or else by the flag",
        arguments: [
            (nil, RoleSessionName.ofSDK, false), (nil, .ofPod, true), ("pod", .ofSDK, true), (" pod ", .ofSDK, true),
            ("none", .ofPod, false), ("other", .ofPod, true), ("other", .ofSDK, false),
        ] as [(String?, RoleSessionName, Bool)]
    )
    func settings(account: String?, flag: RoleSessionName, isSet: Bool) throws {
        #expect((name(try mutate(metadata: "{}", account: account, flag: flag)) != nil) == isSet)
    }

    @Test("is not changed if the container has its own")
    func own() throws {
        let own = #"[{"name":"AWS_ROLE_SESSION_NAME","value":"own"}]"#
        let result = try mutate(metadata: "{}", environment: own)
        #expect(result.environment.filter { $0.hasPrefix("AWS_ROLE_SESSION_NAME") } == ["AWS_ROLE_SESSION_NAME=own"])
    }

    @Test("is added to a container that already has everything else")
    func complete() throws {
        let names = ["AWS_ROLE_ARN", "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_REGION", "AWS_STS_REGIONAL_ENDPOINTS"]
        let own = names.map { #"{"name":"\#($0)","value":"x"}"# }.joined(separator: ",")
        #expect(name(try mutate(metadata: "{}", environment: "[\(own)]")) != nil)
        #expect(try mutate(metadata: "{}", environment: "[\(own)]", account: "none").patch == .array([]))
    }

    @Test("causes a warning for the ServiceAccount's owner if it is unknown")
    func unknown() {
        let account = Annotations([
            "eks.amazonaws.com/role-arn": PodUnderTest.role, "eks.amazonaws.com/role-session-name": "node",
        ])
        #expect(
            IRSAProvider(settings: AWSSettings()).problems(ofServiceAccount: account).texts == [
                "\"node\" is neither none nor pod; it is ignored (eks.amazonaws.com/role-session-name)"
            ]
        )
    }

    @Test("is decided again for a pod with a different name")
    func scope() throws {
        for (account, scope) in [("pod", Decision.Scope.podsOfName), ("none", .podsAlike)] {
            let annotations = Annotations([
                "eks.amazonaws.com/role-arn": PodUnderTest.role, "eks.amazonaws.com/role-session-name": account,
            ])
            let found = try JSONParser().parse(PodUnderTest.pod().bytes) { root in
                var generator = SeededGenerator(seed: 1)
                let inputs = DecisionInputs(serviceAccount: .known(annotations))
                let view = try PodView(root, namespace: "ns")
                return IRSAProvider(settings: AWSSettings()).decide(view, inputs, using: &generator).scope
            }
            #expect(found == scope)
        }
    }
}
