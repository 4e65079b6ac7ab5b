import AWSIdentity
import JSON
import KubernetesObjects
import PodIdentity
import ProviderSupport
import TestSupport
import Testing

@Suite("IAM roles for service accounts", .timeLimit(.minutes(5)))
struct IRSAProviderTests {
    private static let prefix = "eks.amazonaws.com"
    private static let role = "arn:aws:iam::012345678901:role/shop"

    private func decide(
        _ account: [(name: String, value: String)] = [],
        pod: [(name: String, value: String)] = [],
        labels: [(name: String, value: String)] = [],
        inputs: DecisionInputs? = nil,
        _ change: (inout AWSSettings) -> Void = { _ in }
    ) throws -> Decision {
        var settings = AWSSettings()
        change(&settings)
        var annotations = Annotations()
        for (name, value) in account { annotations["\(Self.prefix)/\(name)"] = value }
        func object(_ entries: [(name: String, value: String)]) -> JSONTree {
            .object(entries.map { .init(key: JSONString("\(Self.prefix)/\($0.name)"), value: .string($0.value)) })
        }
        let tree = JSONTree.object([
            "metadata": .object(["annotations": object(pod), "labels": object(labels)]),
            "spec": .object(["serviceAccountName": .string("a")]),
        ])
        return try JSONParser().parse(tree.bytes) { root in
            var generator = SeededGenerator(seed: 1)
            let view = try PodView(root, namespace: "shop")
            let inputs = inputs ?? DecisionInputs(serviceAccount: .known(annotations))
            return IRSAProvider(settings: settings).decide(view, inputs, using: &generator)
        }
    }

    private func injection(_ decision: Decision) throws -> Injection {
        guard case .inject(let injection) = decision.outcome else {
            throw JSONError.malformed("no injection but \(decision.outcome)")
        }
        return injection
    }

    @Test("reads annotations of ServiceAccounts with its prefix")
    func annotations() {
        var settings = AWSSettings()
        settings.annotationPrefix = "p"
        #expect(
            Set(IRSAProvider(settings: settings).serviceAccountAnnotations) == [
                "p/role-arn", "p/audience", "p/sts-regional-endpoints", "p/token-expiration", "p/skip-containers",
                "p/acknowledge-warnings", "p/container-roles", "p/role-session-name",
            ]
        )
    }

    @Test("needs a known, existing ServiceAccount with a role")
    func outcomes() throws {
        #expect(
            try decide(inputs: DecisionInputs(serviceAccount: .unknown)).outcome
                == .needs(.serviceAccount(NamespacedName(namespace: "shop", name: "a")))
        )
        #expect(
            try decide(inputs: DecisionInputs(serviceAccount: .absent)).outcome == .leaveAlone(.serviceAccountNotFound)
        )
        #expect(try decide([]) == Decision(.leaveAlone(.noRole)).within(.podsAlike))
        #expect(
            try decide([("role-arn", ""), ("token-expiration", "x")])
                == Decision(.leaveAlone(.noRole)).within(.podsAlike)
        )
        #expect(try injection(decide([("role-arn", Self.role)])).identity == Self.role)
    }

    @Test(
        "does not change pods with the skip label, and needs no ServiceAccount for that",
        arguments: ["", "true", "false"]
    )
    func skipLabel(value: String) throws {
        let label = [(name: "skip-pod-identity-webhook", value: value)]
        #expect(
            try decide(labels: label, inputs: DecisionInputs(serviceAccount: .unknown)).outcome
                == .leaveAlone(.skipLabel)
        )
        #expect(try injection(decide([("role-arn", Self.role)], pod: label)).identity == Self.role)
    }

    @Test(
        "injects a malformed role too, with a warning",
        arguments: [
            ("shop", "the role must have the form arn:PARTITION:iam::ACCOUNT:role/NAME"),
            ("arn:aws:iam::1111:role/bad", "the role's account has 4 digits instead of 12"),
        ]
    )
    func malformedRole(role: String, problem: String) throws {
        let decision = try decide([("role-arn", role)])
        #expect(try injection(decision).identity == role)
        #expect(try injection(decision).malformation == "\(problem): \"\(role)\"")
        #expect(decision.warnings == ["\(problem): \"\(role)\", in eks.amazonaws.com/role-arn"])
        #expect(try decide([("role-arn", Self.role)]).warnings == [])
    }

    @Test(
        "trims a role and an audience, and shows the ServiceAccount's author what it trimmed",
        arguments: ["\(role)\n", " \(role)", "\t\(role)\r\n", "\u{a0}\(role)"]
    )
    func trimmed(text: String) throws {
        let decision = try decide([("role-arn", text), ("audience", " a b\n")])
        #expect(try injection(decision).identity == Self.role && decision.warnings == [])
        #expect(try injection(decision).volumes.flatMap(\.tokens).map(\.audience) == ["a b"])
        let provider = IRSAProvider(settings: AWSSettings())
        let annotations = Annotations(["eks.amazonaws.com/role-arn": text, "eks.amazonaws.com/audience": " a b\n"])
        let problems = provider.problems(ofServiceAccount: annotations).lines
        try #require(problems.count == 2)
        #expect(problems[0].hasPrefix("white space around eks.amazonaws.com/role-arn is ignored: \""))
        #expect(problems[1] == #"white space around eks.amazonaws.com/audience is ignored: " a b\n""#)
        #expect(problems[0].contains(#"\n"#) == text.contains(where: \.isNewline))
    }

    @Test(
        "gives no role for an empty annotation, and warns the ServiceAccount's author",
        arguments: ["", " ", "\n"]
    )
    func emptyRole(text: String) throws {
        #expect(try decide([("role-arn", text)]).outcome == .leaveAlone(.noRole))
        let provider = IRSAProvider(settings: AWSSettings())
        let annotations = Annotations(["eks.amazonaws.com/role-arn": text])
        #expect(!provider.givesIdentity(annotations))
        #expect(
            provider.problems(ofServiceAccount: annotations)
                == ["eks.amazonaws.com/role-arn is empty, so it gives no role"]
        )
    }

    @Test("cuts a long malformed role in warnings")
    func longRole() throws {
        let warnings = try decide([("role-arn", String(repeating: "x", count: 100_000))]).warnings.lines
        #expect(warnings.count == 1 && warnings[0].utf8.count < 200)
    }

    private static let audiences: [(String?, String?)] = [
        (nil, "default"), ("", "default"), ("custom", "custom"), (" a b ", "a b"), (" ", "default"),
        ("https://x.example/?a=\"b\"", nil),
    ]

    @Test("uses the ServiceAccount's audience, or else the default", arguments: audiences)
    func audience(annotation: String?, expected: String?) throws {
        let account = [("role-arn", Self.role)] + (annotation.map { [("audience", $0)] } ?? [])
        let volumes = try injection(decide(account) { $0.tokenAudience = "default" }).volumes
        #expect(volumes.flatMap(\.tokens).map(\.audience) == [expected ?? annotation])
    }

    private static let regionalFlags: [(String?, Bool, Bool)] = [
        (nil, false, false), (nil, true, true), ("true", false, true), ("1", false, true), ("false", true, false),
        ("f", true, false), ("yes", false, false), ("yes", true, true), ("", true, true), ("True ", false, false),
    ]

    @Test("uses the annotation for regional endpoints instead of the flag if it is valid", arguments: regionalFlags)
    func regionalSTS(annotation: String?, flag: Bool, expected: Bool) throws {
        let account = [("role-arn", Self.role)] + (annotation.map { [("sts-regional-endpoints", $0)] } ?? [])
        let groups = try injection(decide(account) { $0.usesRegionalSTS = flag }).environment
        #expect(
            groups.contains(EnvironmentGroup(.addIfAbsent, [("AWS_STS_REGIONAL_ENDPOINTS", "regional")])) == expected
        )
    }

    /// `warnings` are substrings of the texts, in order.
    private static let expirations: [(String?, String?, Int64, [String])] = [
        (nil, nil, 7200, []), (nil, "3600", 3600, []), ("1200", "3600", 1200, []), ("1200", nil, 1200, []),
        ("600", nil, 600, []),
        (
            "599", nil, 600,
            ["599 seconds is below the minimum; 600 is used (the pod's eks.amazonaws.com/token-expiration)"]
        ),
        (
            nil, "0", 600,
            ["0 seconds is below the minimum; 600 is used (the ServiceAccount's eks.amazonaws.com/token-expiration)"]
        ),
        ("-1", nil, 600, ["-1 seconds is below the minimum; 600 is used"]), ("+900", nil, 900, []),
        ("4294967296", nil, 1 << 32, []),
        ("4294967297", nil, 1 << 32, ["4294967297 seconds is above the maximum; 4294967296 is used"]),
        (
            "1h", "3600", 3600,
            ["\"1h\" is not a whole number of seconds; it is ignored (the pod's eks.amazonaws.com/token-expiration)"]
        ),
        ("", "3600", 3600, ["is not a whole number"]), (" 900", nil, 7200, ["is not a whole number"]),
        ("x", "y", 7200, ["the pod's", "the ServiceAccount's"]), ("1200", "y", 1200, []),
        ("99999999999999999999", nil, 7200, ["is not a whole number"]), ("100", "3600", 600, ["below"]),
    ]

    @Test(
        "takes the expiration from the pod, the ServiceAccount or the flag, within Kubernetes' bounds",
        arguments: expirations
    )
    func expiration(pod: String?, account: String?, expected: Int64, warnings: [String]) throws {
        let decision = try decide(
            [("role-arn", Self.role)] + (account.map { [("token-expiration", $0)] } ?? []),
            pod: pod.map { [("token-expiration", $0)] } ?? []
        ) { $0.tokenExpiration = TokenExpiration(clamping: 7200) }
        #expect(try injection(decision).volumes.flatMap(\.tokens).map(\.expirationSeconds) == [expected])
        #expect(decision.warnings.count == warnings.count)
        for (text, part) in zip(decision.warnings.lines, warnings) { #expect(text.contains(part)) }
    }

    private static let skipLists: [(String?, String?, Set<String>)] = [
        (nil, nil, []), ("a,b", nil, ["a", "b"]), (nil, "a, b ", ["a", "b"]), ("a", "b", ["a", "b"]),
        ("a", "a", ["a"]),
        (" a ,,\t", nil, ["a"]), ("\"a\",\"b,c\"", nil, ["a", "b,c"]), ("a\"b", "c", ["c"]), ("", "\n", []),
        ("a\nb", nil, ["a"]),
    ]

    @Test(
        "skips the containers that the pod and its ServiceAccount name, trimmed, and ignores malformed CSV",
        arguments: skipLists
    )
    func skippedContainers(pod: String?, account: String?, expected: Set<String>) throws {
        let decision = try decide(
            [("role-arn", Self.role)] + (account.map { [("skip-containers", $0)] } ?? []),
            pod: pod.map { [("skip-containers", $0)] } ?? []
        )
        #expect(try injection(decision).skippedContainers == expected)
    }
}
