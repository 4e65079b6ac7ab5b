import AWSIdentity
import JSON
import PodIdentity
import Testing

@testable import Diagnosis

@Suite("An existing pod", .timeLimit(.minutes(5)))
struct PodExaminationTests {
    private static let role = "arn:aws:iam::111122223333:role/shop"
    private static let oldRole = "arn:aws:iam::111122223333:role/old"
    private static let file = "/var/run/secrets/eks.amazonaws.com/serviceaccount"
    private static let fileVariable = variable("AWS_WEB_IDENTITY_TOKEN_FILE", "\(file)/token")
    private static let mount = mounted("aws-iam-token", at: file)
    private static let volume = token("aws-iam-token", for: "sts.amazonaws.com")
    private static let key = "eks.amazonaws.com/role-arn"

    private static func variable(_ name: String, _ value: String) -> String {
        #"{"name":"\#(name)","value":"\#(value)"}"#
    }

    private static func mounted(_ name: String, at path: String) -> String {
        #"{"name":"\#(name)","mountPath":"\#(path)"}"#
    }

    private static func token(_ name: String, for audience: String) -> String {
        #"{"name":"\#(name)","projected":{"sources":[{"serviceAccountToken":{"audience":"\#(audience)","path":"token"}}]}}"#
    }

    private static func container(_ name: String, env: [String] = [], mounts: [String] = []) -> String {
        #"{"name":"\#(name)","env":[\#(env.joined(separator: ","))],"volumeMounts":[\#(mounts.joined(separator: ","))]}"#
    }

    private static func whole(_ name: String, role: String = role, env: [String] = []) -> String {
        container(name, env: [variable("AWS_ROLE_ARN", role), fileVariable] + env, mounts: [mount])
    }

    private func examine(
        _ containers: [String],
        volumes: [String] = [],
        ephemeral: [String] = [],
        metadata: String = "{}",
        settings: AWSSettings = AWSSettings(),
        account: DecisionInputs.Object = .known(Annotations([key: role])),
        endedContainers: Set<String> = []
    ) throws -> PodExamination {
        let json = """
            {"metadata":\(metadata),"spec":{"serviceAccountName":"shop","volumes":[\(volumes.joined(separator: ","))],\
            "containers":[\(containers.joined(separator: ","))],\
            "ephemeralContainers":[\(ephemeral.joined(separator: ","))]}}
            """
        return try JSONParser().parse(Array(json.utf8)) { pod in
            let all = CloudExamination.all(
                of: try PodView(pod, namespace: "store"),
                DecisionInputs(serviceAccount: account),
                ProviderChain([IRSAProvider(settings: settings)]),
                endedContainers: endedContainers
            )
            #expect(all.map(\.cloud) == ["aws"])
            return try #require(all.first).result
        }
    }

    private static func gap(_ defects: ContainerDefect..., wasSeen: Bool = false) -> PodExamination {
        .lacking(.init(identity: role, defects: defects, wasSeen: wasSeen))
    }

    private static func own(_ defects: ContainerDefect...) -> PodExamination {
        .ownCredentials(identity: role, containers: defects)
    }

    private static let noRole = "AWS_ROLE_ARN is not set"
    private static let noFile = "AWS_WEB_IDENTITY_TOKEN_FILE is not set"

    @Test(
        "lacks its identity if a container lacks a part of it",
        arguments: [
            ([whole("a"), whole("b")], [volume], .complete(identity: role)),
            ([container("a"), container("b")], [], gap(.init(.missed, ["a", "b"], noRole))),
            ([whole("a"), container("b")], [volume], gap(.init(.missed, ["b"], noRole), wasSeen: true)),
            // A volume of that name with a different source is no sign of the webhook.
            ([container("a")], [#"{"name":"aws-iam-token","emptyDir":{}}"#], gap(.init(.missed, ["a"], noRole))),
            ([container("a", mounts: [mount])], [volume], gap(.init(.missed, ["a"], noRole), wasSeen: true)),
            (
                [container("a", env: [variable("AWS_ROLE_ARN", role), fileVariable])], [volume],
                gap(
                    .init(.unreachable, ["a"], "no volume is mounted at \(file)/token"),
                    wasSeen: true
                )
            ),
            (
                [container("a", env: [variable("AWS_ROLE_ARN", role)], mounts: [mount])], [],
                gap(.init(.unreachable, ["a"], noFile))
            ),
            (
                [
                    whole("b"),
                    container(
                        "a",
                        env: [variable("AWS_ROLE_ARN", role), fileVariable],
                        mounts: [mounted("x", at: "\(file)/")]
                    ),
                ], [volume, #"{"name":"x","emptyDir":{}}"#],
                gap(
                    .init(.mountConflict, ["a"], "another volume is mounted at \(file)/ instead of the token: x"),
                    wasSeen: true
                )
            ),
        ] as [([String], [String], PodExamination)]
    )
    func lacking(containers: [String], volumes: [String], expected: PodExamination) throws {
        #expect(try examine(containers, volumes: volumes) == expected)
    }

    @Test("that sets nothing itself was missed, even if it may get variables from elsewhere")
    func unknownVariables() throws {
        let container = #"{"name":"a","envFrom":[{"configMapRef":{"name":"settings"}}]}"#
        #expect(try examine([container]) == Self.gap(.init(.missed, ["a"], Self.noRole)))
    }

    @Test("with a role other than its ServiceAccount's lacks its identity, and both roles are reported")
    func otherRole() throws {
        let text = "AWS_ROLE_ARN is \"\(Self.oldRole)\" instead of \"\(Self.role)\""
        let expected = Self.gap(.init(.otherIdentity, ["a"], text), wasSeen: true)
        #expect(try examine([Self.whole("a", role: Self.oldRole)], volumes: [Self.volume]) == expected)
        let bare = Self.container("a", env: [Self.variable("AWS_ROLE_ARN", Self.oldRole)])
        let annotated = #"{"annotations":{"\#(Self.key)":"\#(Self.oldRole)"}}"#
        var settings = AWSSettings()
        settings.annotatesPods = true
        #expect(
            try examine([bare], metadata: annotated, settings: settings)
                == Self.gap(.init(.otherIdentity, ["a"], text))
        )
    }

    @Test("whose token has an audience other than its ServiceAccount's lacks its identity")
    func otherAudience() throws {
        let account = Annotations([Self.key: Self.role, "eks.amazonaws.com/audience": "new"])
        let text =
            "the token in volume aws-iam-token at \(Self.file) is for another audience: \"sts.amazonaws.com\" instead of \"new\""
        #expect(
            try examine([Self.whole("a")], volumes: [Self.volume], account: .known(account))
                == Self.gap(.init(.otherIdentity, ["a"], text))
        )
    }

    @Test(
        "may use other credentials, which are reported unless they are acknowledged",
        arguments: [
            (
                container("a", env: [variable("AWS_ROLE_ARN", "own")]),
                own(.init(.ownIdentity, ["a"], "sets AWS_ROLE_ARN to \"own\", which is kept"))
            ),
            (
                whole("a", env: [variable("AWS_PROFILE", ""), variable("AWS_ACCESS_KEY_ID", "")]),
                .complete(identity: role)
            ),
            (
                whole("a", env: [variable("AWS_PROFILE", "own")]),
                own(.init(.overridden, ["a"], "sets AWS_PROFILE, which SDKs use instead of the role"))
            ),
            (
                whole("a", env: [variable("AWS_ACCESS_KEY_ID", "k"), variable("AWS_PROFILE", "own")]),
                own(
                    .init(
                        .overridden,
                        ["a"],
                        "sets AWS_ACCESS_KEY_ID and AWS_PROFILE, which SDKs use instead of the role"
                    )
                )
            ),
        ]
    )
    func ownCredentials(container: String, expected: PodExamination) throws {
        let volumes = [Self.volume]
        #expect(try examine([container, Self.whole("b")], volumes: volumes) == expected)
        for names in ["a", "*"] {
            let metadata = #"{"annotations":{"eks.amazonaws.com/acknowledge-warnings":"\#(names)"}}"#
            #expect(
                try examine([container, Self.whole("b")], volumes: volumes, metadata: metadata)
                    == .complete(identity: Self.role)
            )
        }
    }

    @Test("reports other containers too if one lacks the identity")
    func both() throws {
        let profile = Self.whole("a", env: [Self.variable("AWS_PROFILE", "own")])
        let expected = Self.gap(
            .init(.overridden, ["a"], "sets AWS_PROFILE, which SDKs use instead of the role"),
            .init(.missed, ["b"], Self.noRole),
            wasSeen: true
        )
        let examination = try examine([profile, Self.container("b")], volumes: [Self.volume])
        #expect(examination == expected)
        guard case .lacking(let gap) = examination else { return }
        #expect(gap.containers == ["b"])
    }

    @Test("may have ephemeral containers without the identity")
    func ephemeralContainers() throws {
        let containers = ["debug", "ended", "whole"].map { $0 == "whole" ? Self.whole($0) : Self.container($0) }
        #expect(
            try examine(
                [Self.whole("a")],
                volumes: [Self.volume],
                ephemeral: containers,
                endedContainers: ["ended"]
            ) == Self.own(.init(.ephemeral, ["debug"], Self.noRole))
        )
    }

    @Test("cannot use an impossible role")
    func malformedRole() throws {
        let account = Annotations([Self.key: "arn:aws:iam::11112222333:role/shop"])
        let whole = Self.whole("a", role: "arn:aws:iam::11112222333:role/shop")
        guard case .lacking(let gap) = try examine([whole], volumes: [Self.volume], account: .known(account)) else {
            Issue.record("the identity was not reported as unusable")
            return
        }
        #expect(gap.malformation?.hasPrefix("the role's account has 11 digits instead of 12") ?? false)
        #expect(gap.defects == [] && gap.summary.hasPrefix("pods cannot use the identity"))
    }

    @Test(
        "has one of a few summaries, that of the first way in which containers lack the identity",
        arguments: [
            (.missed, "pods lack their identity"), (.otherIdentity, "pods have the wrong identity"),
            (.mountConflict, "pods mount another volume"),
            (.unreachable, "containers cannot reach the token of their identity"),
        ] as [(ContainerDefect.Kind, String)]
    )
    func summary(kind: ContainerDefect.Kind, words: String) {
        let defects = [ContainerDefect(.overridden, ["a"], "own"), .init(kind, ["b"], "secret")]
        let summary = PodExamination.Gap(identity: Self.role, defects: defects).summary
        #expect(summary.hasPrefix(words) && !summary.contains("secret"))
    }

    @Test("is complete without a region or an annotation")
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
        #expect(try examine([Self.container("a")], account: .unknown) == .undecided(.serviceAccount))
        let container = #"{"annotations":{"eks.amazonaws.com/skip-containers":"a"}}"#
        #expect(try examine([Self.container("a")], metadata: container) == .complete(identity: Self.role))
    }
}
