import AWSIdentity
import JSON
import ProviderSupport
import TestSupport
import Testing

/// Random pods and ServiceAccounts, with content that a policy and the webhook could interpret differently.
enum PolicyPod {
    struct Flags: Sendable, CustomTestStringConvertible {
        let flags: [String]
        let settings: AWSSettings

        init(_ flags: [String], _ change: (inout AWSSettings) -> Void) {
            self.flags = flags
            var settings = AWSSettings()
            settings.annotatesPods = !flags.contains("--annotate-pods=false")
            change(&settings)
            self.settings = settings
        }

        var testDescription: String { flags.joined(separator: " ") }
    }

    /// Flags of the webhook, and the same settings.
    static let flags = [
        Flags([]) { _ in },
        Flags(["--annotate-pods=false", "--sts-regional-endpoint", "--aws-default-region=eu-west-1"]) {
            ($0.usesRegionalSTS, $0.region) = (true, "eu-west-1")
        },
        Flags([
            "--annotation-prefix=irsa.example.com", "--token-mount-path=/var/run/secrets/custom//path/",
            "--token-expiration=7200", "--token-audience=a \"b\" \\ 'c'\n\t\r\u{2028}é😀",
            "--aws-default-region=eu-west-1",
        ]) {
            ($0.annotationPrefix, $0.tokenMountPath) = ("irsa.example.com", "/var/run/secrets/custom//path/")
            ($0.tokenAudience, $0.region) = ("a \"b\" \\ 'c'\n\t\r\u{2028}é😀", "eu-west-1")
            $0.tokenExpiration = TokenExpiration(clamping: 7200)
        },
        Flags(["--token-mount-path=/run/token", "--token-audience=other"]) {
            ($0.tokenMountPath, $0.tokenAudience) = ("/run/token", "other")
        },
        Flags([
            "--token-mount-path=/", "--compose-role-arn", "--aws-account-id=111122223333", "--aws-partition=aws-cn",
        ]) {
            $0.tokenMountPath = "/"
            $0.roleComposition = RoleComposition(partition: "aws-cn", account: "111122223333")
        },
    ]

    private static let role = "arn:aws:iam::111122223333:role/app"

    /// Annotation values that are mostly invalid, or do not mean what they seem to.
    static let hostileTexts = [
        "", " ", "not-an-arn", " \(role)\n", "\u{a0}\(role)\u{2003}", " \u{301}x", "arn:$(AWS_REGION)", "é", "x y",
        "a\tb",
        String(repeating: "a", count: 2049), String(repeating: "b", count: 2200), "\r\n\(role)\r\n", "'\"\\(`", "0",
        "-5",
        "+700", "1e4", " 3600", "600 ", "99999999999", "9223372036854775807", "9223372036854775808",
        "99999999999999999999999", String(repeating: "0", count: 40) + "86401",
        String(repeating: "0", count: 2200) + "700",
        "-99999999999999999999", "4294967297", "٣٦٠٠", "main", "\"main\"", "main,side", " main , side ",
        "\"main,side\"",
        "\"a\"\"b\"", " \"main\"", "main\nside", "\nmain", "a\"b", "\"main\" ", "\"mai", "main\u{a0}", "ｍain",
        String(repeating: "x", count: 2200) + ",main", "\"main\"\r\n", ",,main,,", "*", ".*", "true", "False", "yes",
        " true",
    ]

    static func plain(account: [String: String], pod: [String: String]) -> PolicyEvaluation.Trial {
        let own = ["eks.amazonaws.com/role-arn": role].merging(account) { _, given in given }
        let containers = ["main", "side"].map { JSONTree.object(["name": .string($0)]) }
        return trial(account: own, pod: object(pod), spec: [("containers", .array(containers))])
    }

    private static func object(_ texts: [String: String]) -> JSONTree {
        .object(
            texts.sorted { $0.key < $1.key }.map { JSONTree.Member(key: JSONString($0.key), value: .string($0.value)) }
        )
    }

    private static func trial(
        account: [String: String],
        pod annotations: JSONTree,
        spec: [(String, JSONTree)]
    ) -> PolicyEvaluation.Trial {
        let members = [("serviceAccountName", JSONTree.string("app"))] + spec
        return PolicyEvaluation.Trial(
            pod: .object([
                "metadata": .object(["name": .string("app"), "annotations": annotations]),
                "spec": .object(members.map { JSONTree.Member(key: JSONString($0.0), value: $0.1) }),
            ]),
            serviceAccount: .object([
                "metadata": .object(["name": .string("app"), "annotations": object(account)])
            ])
        )
    }

    // MARK: Random content

    static func trial(
        _ settings: AWSSettings,
        using generator: inout some RandomNumberGenerator
    ) -> PolicyEvaluation.Trial {
        let prefix = settings.annotationPrefix
        var (account, pod) = (["\(prefix)/role-arn": role], [String: String]())
        for key in ["audience", "token-expiration", "skip-containers", "sts-regional-endpoints", "role-arn"] {
            let texts = hostileTexts + ["true", "false", "7200", "main", "side", "init", role]
            if chance(8, &generator) { account["\(prefix)/\(key)"] = pick(texts, &generator) }
            if chance(8, &generator) { pod["\(prefix)/\(key)"] = pick(texts, &generator) }
        }
        var spec: [(String, JSONTree)] = []
        spec.append(("containers", containers(["main", "side"], settings, &generator)))
        if chance(2, &generator) { spec.append(("initContainers", containers(["init"], settings, &generator))) }
        let volumes =
            (chance(2, &generator) ? [#"{"name":"data","emptyDir":{}}"#] : [])
            + (chance(5, &generator) ? [pick(ownVolumes, &generator)] : [])
        spec.append(("volumes", parse("[\(volumes.joined(separator: ","))]")))
        if chance(5, &generator) {
            let (field, value) = pick(systems, &generator)
            spec.append((field, parse(value)))
        }
        return trial(account: account, pod: object(pod), spec: spec)
    }

    private static let ownVolumes = [
        #"{"name":"aws-iam-token","emptyDir":{}}"#, #"{"name":"aws-iam-token-2","emptyDir":{}}"#,
        volume(#""audience":"sts.amazonaws.com","path":"token""#), volume(#""audience":"other","path":"token""#),
        volume(#""path":"token""#), volume(#""audience":"sts.amazonaws.com","path":"other""#),
    ]

    private static func volume(_ token: String) -> String {
        #"{"name":"aws-iam-token","projected":{"sources":[{"serviceAccountToken":{\#(token)}}]}}"#
    }

    private static let systems = [
        ("nodeSelector", #"{"kubernetes.io/os":"windows"}"#), ("nodeSelector", #"{"beta.kubernetes.io/os":"windows"}"#),
        ("nodeSelector", #"{"kubernetes.io/os":"linux"}"#), ("os", #"{"name":"windows"}"#),
        ("os", #"{"name":"linux"}"#),
        ("affinity", affinity(#"["windows"]"#)), ("affinity", affinity(#"["windows","linux"]"#)),
        ("affinity", affinity(#"["windows"]"#, more: #",{"matchFields":[]}"#)), ("affinity", #"{"podAffinity":{}}"#),
    ]

    private static func affinity(_ values: String, more: String = "") -> String {
        #"{"nodeAffinity":{"requiredDuringSchedulingIgnoredDuringExecution":{"nodeSelectorTerms":[{"matchExpressions":"#
            + #"[{"key":"kubernetes.io/os","operator":"In","values":\#(values)}]}\#(more)]}}}"#
    }

    private static let variables = [
        "AWS_ROLE_ARN", "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_STS_REGIONAL_ENDPOINTS",
        "OTHER",
    ]
    private static let values = [
        "v", "", "$(AWS_ROLE_ARN)", "$$(AWS_REGION)", "a$(AWS_REGION)b", "$(OTHER)", role, "regional",
        "$(AWS_STS_REGIONAL_ENDPOINTS)",
    ]

    private static func containers(
        _ names: [String],
        _ settings: AWSSettings,
        _ generator: inout some RandomNumberGenerator
    ) -> JSONTree {
        let path = settings.tokenMountPath
        let paths = [
            "/data", "/data/", path, "\(path)/", path.replacing("/var/run", with: "/run"), "/var\(path)", "/\(path)",
            "\(path)/.", "\(path)/x/..", path.uppercased(), "/var/run", "/", "\(path)/token", "C:\(path)", "relative",
            "/tmp/../x", "/é", "/var/run/secrets/kubernetes.io/serviceaccount",
        ]
        let containers = names.map { name in
            var environment: [String] = []
            for variable in variables where chance(7, &generator) {
                let value = pick(values + ["\(path)/token"], &generator)
                let source = #""valueFrom":{"fieldRef":{"fieldPath":"metadata.name"}}"#
                let member = chance(6, &generator) ? source : #""value":"\#(value)""#
                environment.append(#"{"name":"\#(variable)",\#(member)}"#)
            }
            // A duplicate name is valid, and duplicates are not merged.
            if chance(20, &generator), let first = environment.first { environment.append(first) }
            var mounts: [String] = []
            for place in paths.shuffled(using: &generator).prefix(pick([0, 0, 1, 2], &generator)) {
                let volume = pick(["data", "data", "aws-iam-token", "aws-iam-token-2"], &generator)
                mounts.append(#"{"name":"\#(volume)","mountPath":\#(JSONString(place).lexeme)}"#)
            }
            let lists = [("env", environment), ("volumeMounts", mounts)].map { field, elements in
                #""\#(field)":[\#(elements.joined(separator: ","))]"#
            }
            return #"{"name":"\#(name)",\#(lists.joined(separator: ","))}"#
        }
        return parse("[\(containers.joined(separator: ","))]")
    }

    private static func parse(_ json: String) -> JSONTree {
        // All of the text is written above, and tests would fail without it.
        (try? JSONTree(parsing: json.utf8)) ?? .null
    }

    /// True once in this many times.
    private static func chance(_ times: Int, _ generator: inout some RandomNumberGenerator) -> Bool {
        Int.random(in: 0..<times, using: &generator) == 0
    }

    private static func pick<Element>(_ elements: [Element], _ generator: inout some RandomNumberGenerator) -> Element {
        elements[Int.random(in: 0..<elements.count, using: &generator)]
    }
}
