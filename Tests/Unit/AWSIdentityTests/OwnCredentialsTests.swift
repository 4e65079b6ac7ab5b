import AWSIdentity
import JSON
import PodIdentity
import TestSupport
import Testing

@Suite("A container's own credentials", .timeLimit(.minutes(5)))
struct OwnCredentialsTests {
    private static let role = "arn:aws:iam::111122223333:role/app"

    private func mutate(_ environment: String, more: String = "", annotate: Bool = true) throws -> PureMutation {
        var settings = AWSSettings()
        settings.annotatesPods = annotate
        let pod = """
            {"metadata":{"name":"p"},"spec":{"serviceAccountName":"app",
            "containers":[{"name":"main","env":[\(environment)]}\(more)]}}
            """
        return try PureMutation.run(
            try JSONTree(parsing: pod.utf8),
            serviceAccount: .known(Annotations(["eks.amazonaws.com/role-arn": Self.role])),
            providers: [IRSAProvider(settings: settings)]
        )
    }

    @Test(
        "cause a warning if SDKs use them instead of the role",
        arguments: [
            (#"{"name":"AWS_ACCESS_KEY_ID","value":"AKIA"},{"name":"AWS_SECRET_ACCESS_KEY"}"#, "AWS_ACCESS_KEY_ID"),
            (#"{"name":"AWS_ACCESS_KEY_ID","valueFrom":{"secretKeyRef":{"name":"s"}}}"#, "AWS_ACCESS_KEY_ID"),
            (#"{"name":"AWS_PROFILE","value":"dev"}"#, "AWS_PROFILE"),
            (
                #"{"name":"AWS_PROFILE","value":"p"},{"name":"AWS_ACCESS_KEY_ID","value":"A"}"#,
                "AWS_ACCESS_KEY_ID and AWS_PROFILE"
            ),
        ]
    )
    func stronger(_ environment: String, _ names: String) throws {
        let result = try mutate(environment)
        #expect(result.reason == .injected)
        #expect(result.warnings == ["sets \(names), which SDKs use instead of the role (container main)"])
        let again = try PureMutation.run(
            result.pod,
            serviceAccount: .known(Annotations(["eks.amazonaws.com/role-arn": Self.role])),
            providers: [IRSAProvider(settings: AWSSettings())]
        )
        #expect(again.warnings == result.warnings, "reinvocation causes the same warnings")
    }

    @Test(
        "cause no warning if they are harmless",
        arguments: [
            #"{"name":"AWS_PROFILE"},{"name":"AWS_ACCESS_KEY_ID","value":""}"#,
            #"{"name":"AWS_REGION","value":"eu-central-1"}"#, #"{"name":"AWS_CONFIG_FILE","value":"/c"}"#,
            #"{"name":"AWS_ROLE_ARN","value":"arn:aws:iam::111122223333:role/app"},"#
                + #"{"name":"AWS_WEB_IDENTITY_TOKEN_FILE","value":"/var/run/secrets/eks.amazonaws.com/serviceaccount/token"}"#,
        ]
    )
    func harmless(_ environment: String) throws {
        #expect(try mutate(environment).warnings == [])
    }

    @Test("cause a warning if they are only half of the role")
    func half() throws {
        let role = #"{"name":"AWS_ROLE_ARN","value":"\#(Self.role)"}"#
        let result = try mutate(role)
        let words = "AWS_WEB_IDENTITY_TOKEN_FILE is not set, and is not added because the container sets AWS_ROLE_ARN"
        #expect(result.warnings == ["\(words) (container main)"] && result.reason == .tokenUnreachable)
        #expect(Self.annotation(result) == nil)
    }

    @Test("are ignored in a skipped container")
    func skipped() throws {
        let annotations = Annotations([
            "eks.amazonaws.com/role-arn": Self.role, "eks.amazonaws.com/skip-containers": "main",
        ])
        let pod =
            #"{"spec":{"serviceAccountName":"app","containers":[{"name":"main","env":[{"name":"AWS_PROFILE"}]}]}}"#
        let result = try PureMutation.run(
            try JSONTree(parsing: pod.utf8),
            serviceAccount: .known(annotations),
            providers: [IRSAProvider(settings: AWSSettings())]
        )
        #expect(result.warnings == [])
    }

    private static func annotation(_ result: PureMutation) -> String? {
        result.pod[path: ["metadata", "annotations", "eks.amazonaws.com/role-arn"]]?.string
    }

    @Test("are taken into account in the pod's role annotation, which is added unless no container has the role")
    func annotation() throws {
        #expect(Self.annotation(try mutate("")) == Self.role)
        #expect(Self.annotation(try mutate("", annotate: false)) == nil)
        let own = #"{"name":"AWS_ROLE_ARN","value":"arn:aws:iam::111122223333:role/own"}"#
        #expect(Self.annotation(try mutate(own)) == nil)
        #expect(Self.annotation(try mutate(own, more: #",{"name":"second"}"#)) == Self.role)

    }

    @Test(
        "determine whether an annotation with a role is corrected",
        arguments: [
            // The containers get the role, so the annotation must show it.
            ("mine", "", role),
            // A copied pod keeps its own role and the annotation for it.
            ("mine", #"{"name":"AWS_ROLE_ARN","value":"mine"}"#, "mine"),
            // The container's role is unknown.
            ("mine", #"{"name":"AWS_ROLE_ARN","valueFrom":{"secretKeyRef":{"name":"s"}}}"#, "mine"),
            // No container has the annotation's role or the ServiceAccount's.
            ("mine", #"{"name":"AWS_ROLE_ARN","value":"other"}"#, nil),
            (role, #"{"name":"AWS_ROLE_ARN","value":"other"}"#, nil),
        ] as [(String, String, String?)]
    )
    func correction(_ annotation: String, _ environment: String, _ expected: String?) throws {
        let own = environment.isEmpty ? "" : environment + #",{"name":"AWS_WEB_IDENTITY_TOKEN_FILE","value":"/t"}"#
        var pod = try JSONTree(
            parsing:
                #"{"metadata":{},"spec":{"serviceAccountName":"app","containers":[{"name":"main","env":[\#(own)]}]}}"#
                .utf8
        )
        pod[path: ["metadata", "annotations"]] = .object(["eks.amazonaws.com/role-arn": .string(annotation)])
        var settings = AWSSettings()
        settings.annotatesPods = true
        let result = try PureMutation.run(
            pod,
            serviceAccount: .known(Annotations(["eks.amazonaws.com/role-arn": Self.role])),
            providers: [IRSAProvider(settings: settings)]
        )
        #expect(Self.annotation(result) == expected)
        let isTold = result.warnings.contains { $0.contains("the annotation eks.amazonaws.com/role-arn named") }
        #expect(isTold == (expected != annotation))
    }
}
