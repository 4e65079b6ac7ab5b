import AWSIdentity
import JSON
import PodIdentity
import Testing

@testable import Diagnosis

@Suite("A pod that exists", .timeLimit(.minutes(5)))
struct PodExaminationTests {
    private static let role = "arn:aws:iam::111122223333:role/shop"
    private static let roleVariable = #"{"name":"AWS_ROLE_ARN","value":"\#(role)"}"#
    private static let file = "/var/run/secrets/eks.amazonaws.com/serviceaccount"
    private static let fileVariable = #"{"name":"AWS_WEB_IDENTITY_TOKEN_FILE","value":"\#(file)/token"}"#
    private static let mount = #"{"name":"aws-iam-token","mountPath":"\#(file)"}"#
    private static let volume = #"{"name":"aws-iam-token"}"#

    private static func container(_ name: String, env: [String] = [], mounts: [String] = []) -> String {
        #"{"name":"\#(name)","env":[\#(env.joined(separator: ","))],"volumeMounts":[\#(mounts.joined(separator: ","))]}"#
    }

    private static func whole(_ name: String) -> String {
        container(name, env: [roleVariable, fileVariable], mounts: [mount])
    }

    private func examine(
        _ containers: [String],
        volumes: [String] = [],
        metadata: String = "{}",
        settings: AWSSettings = AWSSettings(),
        account: DecisionInputs.Object = .known(Annotations(["eks.amazonaws.com/role-arn": role]))
    ) throws -> PodExamination {
        let json = """
            {"metadata":\(metadata),"spec":{"serviceAccountName":"shop","volumes":[\(volumes.joined(separator: ","))],\
            "containers":[\(containers.joined(separator: ","))]}}
            """
        return try JSONParser().parse(Array(json.utf8)) { pod in
            PodExamination(
                try PodView(pod, namespace: "store"),
                DecisionInputs(serviceAccount: account),
                ProviderChain([IRSAProvider(settings: settings)])
            )
        }
    }

    private static func gap(_ containers: String..., hasVolume: Bool = false) -> PodExamination {
        .lacking(.init(identity: role, containers: containers, hasVolume: hasVolume))
    }

    @Test(
        "is judged by its containers",
        arguments: [
            ([whole("a"), whole("b")], [volume], .complete(identity: role)),
            ([container("a"), container("b")], [], gap("a", "b")),
            ([whole("a"), container("b")], [volume], gap("b", hasVolume: true)),
            ([container("a", env: [roleVariable, fileVariable])], [volume], gap("a", hasVolume: true)),
            ([container("a", mounts: [mount])], [volume], gap("a", hasVolume: true)),
            // Another volume is mounted there: the webhook sets the variables and warns.
            (
                [container("a", env: [roleVariable, fileVariable], mounts: [#"{"name":"x","mountPath":"\#(file)"}"#])],
                [], .complete(identity: role)
            ),
            (
                [container("a", env: [#"{"name":"AWS_ROLE_ARN","value":"arn:aws:iam::111122223333:role/own"}"#])], [],
                .ownCredentials(identity: role, containers: ["a"])
            ),
            (
                [container("a", env: [#"{"name":"AWS_ROLE_ARN","value":"own"}"#]), container("b")], [], gap("b")
            ),
            (
                [container("a", env: [#"{"name":"AWS_ROLE_ARN","value":"own"}"#], mounts: [mount])], [],
                .ownCredentials(identity: role, containers: ["a"])
            ),
            ([container("a", env: [roleVariable], mounts: [mount])], [], gap("a")),
        ] as [([String], [String], PodExamination)]
    )
    func containers(containers: [String], volumes: [String], expected: PodExamination) throws {
        #expect(try examine(containers, volumes: volumes) == expected)
    }

    @Test("needs neither a region nor an annotation to be complete")
    func extras() throws {
        var settings = AWSSettings()
        settings.region = "eu-west-1"
        settings.usesRegionalSTS = true
        #expect(
            try examine([Self.whole("a")], volumes: [Self.volume], settings: settings) == .complete(identity: Self.role)
        )
    }

    @Test("may be left alone")
    func leftAlone() throws {
        let skipped = #"{"labels":{"eks.amazonaws.com/skip-pod-identity-webhook":"true"}}"#
        #expect(try examine([Self.container("a")], metadata: skipped) == .leftAlone(.skipLabel))
        #expect(try examine([Self.container("a")], account: .known(Annotations())) == .leftAlone(.noRole))
        #expect(try examine([Self.container("a")], account: .absent) == .leftAlone(.serviceAccountNotFound))
        #expect(try examine([Self.container("a")], account: .unknown) == .undecided)
        let container = #"{"annotations":{"eks.amazonaws.com/skip-containers":"a"}}"#
        #expect(try examine([Self.container("a")], metadata: container) == .complete(identity: Self.role))
    }
}
