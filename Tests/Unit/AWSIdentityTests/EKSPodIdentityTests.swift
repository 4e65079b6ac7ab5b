import JSON
import PodIdentity
import TestSupport
import Testing

@testable import AWSIdentity
@testable import KubernetesObjects
@testable import ProviderSupport

@Suite("EKS Pod Identity", .timeLimit(.minutes(5)))
struct ContainerCredentialsTests {
    private static let irsa = DecisionInputs.Object.known(
        Annotations(["eks.amazonaws.com/role-arn": PodUnderTest.role])
    )

    @Test("takes precedence over IRSA only if the ServiceAccount is listed", arguments: [true, false])
    func precedence(_ listed: Bool) throws {
        let result = try PodUnderTest.mutate(Self.irsa, listed: listed)
        #expect((result.variable("AWS_CONTAINER_CREDENTIALS_FULL_URI") != nil) == listed)
        #expect((result.variable("AWS_ROLE_ARN") == nil) == listed)
        #expect(result.reason == .injected)
    }

    @Test(
        "warns of a proxy between a container and the agent, which is only reachable on the node",
        arguments: [
            ("http://169.254.170.23/v1/credentials", "169.254.170.23"), ("http://[fd00:ec2::23]/v1", "fd00:ec2::23"),
            ("http://agent.test:8080", "agent.test"), ("https://agent.test/v1", nil), ("", nil),
        ] as [(String, String?)]
    )
    func proxy(uri: String, host: String?) throws {
        var credentials = EKSPodIdentitySettings(identitiesFile: "identities.json")
        credentials.fullURI = uri
        var pod = try PodUnderTest.pod()
        let proxy = #"[{"name":"main","env":[{"name":"HTTP_PROXY","value":"http://proxy.test:3128"}]}]"#
        pod[path: ["spec", "containers"]] = try JSONTree(parsing: proxy.utf8)
        let result = try PodUnderTest.mutate(Self.irsa, pod: pod, credentials: credentials)
        let text =
            "HTTP_PROXY is set, but NO_PROXY does not list \(host ?? ""), which provides credentials (container main)"
        #expect(result.warnings == (host == nil ? [] : [text]) && result.reason == .injected)
        #expect(try PodUnderTest.mutate(Self.irsa, pod: pod, listed: false, credentials: credentials).warnings == [])
    }

    @Test(
        "warns of variables that SDKs use instead of it",
        arguments: [
            "AWS_ACCESS_KEY_ID", "AWS_PROFILE", "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
        ]
    )
    func overriding(variable: String) throws {
        var pod = try PodUnderTest.pod()
        let containers = #"[{"name":"main","env":[{"name":"\#(variable)","value":"x"}]}]"#
        pod[path: ["spec", "containers"]] = try JSONTree(parsing: containers.utf8)
        let result = try PodUnderTest.mutate(Self.irsa, pod: pod)
        #expect(result.warnings == ["sets \(variable), which SDKs use instead of the role (container main)"])
    }

    @Test("gives a container everything it needs by default")
    func defaults() throws {
        var settings = AWSSettings()
        settings.region = "eu-central-1"
        settings.usesRegionalSTS = true
        let result = try PodUnderTest.mutate(Self.irsa, settings: settings)
        let mountPath = "/var/run/secrets/pods.eks.amazonaws.com/serviceaccount"
        #expect(
            result.environment == [
                "AWS_STS_REGIONAL_ENDPOINTS=regional", "AWS_DEFAULT_REGION=eu-central-1", "AWS_REGION=eu-central-1",
                "AWS_CONTAINER_CREDENTIALS_FULL_URI=http://169.254.170.23/v1/credentials",
                "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE=\(mountPath)/eks-pod-identity-token",
            ]
        )
        #expect(result.token?["audience"]?.string == "pods.eks.amazonaws.com")
        #expect(result.token?["path"]?.string == "eks-pod-identity-token")
        let mount = result.pod[path: ["spec", "containers"]]?.elements?[0]["volumeMounts"]?.elements?[0]
        #expect(mount?["name"]?.string == "eks-pod-identity-token" && mount?["mountPath"]?.string == mountPath)
        #expect(mount?["readOnly"] == .literal("true"))
    }

    @Test("applies its settings")
    func settings() throws {
        var credentials = EKSPodIdentitySettings(identitiesFile: "identities.json")
        credentials.audience = "audience"
        credentials.tokenMountPath = "/a//b/"
        credentials.tokenVolumeName = "volume"
        credentials.tokenPath = "folder/token"
        credentials.fullURI = "http://[fd00:ec2::23]/v1/credentials"
        let result = try PodUnderTest.mutate(Self.irsa, credentials: credentials)
        #expect(result.variable("AWS_CONTAINER_CREDENTIALS_FULL_URI") == "http://[fd00:ec2::23]/v1/credentials")
        #expect(result.variable("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE") == "/a/b/folder/token")
        #expect(result.token?["audience"]?.string == "audience" && result.token?["path"]?.string == "folder/token")
        let mount = result.pod[path: ["spec", "containers"]]?.elements?[0]["volumeMounts"]?.elements?[0]
        #expect(mount?["name"]?.string == "volume" && mount?["mountPath"]?.string == "/a//b/")
    }

    @Test(
        "sets its label, whatever its value in the pod",
        arguments: ["{}", #"{"eks.amazonaws.com/pod-identity": "off", "a": "b"}"#]
    )
    func label(_ labels: String) throws {
        var settings = AWSSettings()
        settings.annotationPrefix = "other.example.com"
        let result = try PodUnderTest.mutate(Self.irsa, pod: PodUnderTest.pod(labels: labels), settings: settings)
        #expect(result.pod[path: ["metadata", "labels", "eks.amazonaws.com/pod-identity"]]?.string == "enabled")
        #expect(result.pod[path: ["metadata", "labels", "a"]]?.string == (labels == "{}" ? nil : "b"))
        #expect(try PodUnderTest.mutate(Self.irsa, pod: result.pod, settings: settings).patch == .array([]))
    }

    @Test("respects the skip label and skipped containers")
    func skips() throws {
        let label = #"{"eks.amazonaws.com/skip-pod-identity-webhook": "true"}"#
        #expect(try PodUnderTest.mutate(Self.irsa, pod: PodUnderTest.pod(labels: label)).reason == .skipLabel)
        let skipping = try PodUnderTest.pod(annotations: ["eks.amazonaws.com/skip-containers": "main"])
        #expect(try PodUnderTest.mutate(Self.irsa, pod: skipping).environment == [])
    }

    /// What is known about the ServiceAccount, the ConfigMap's content, the flags for expiration and regional STS, and
    /// the expected values. A nil expiration means one in the default range.
    struct Case: Sendable {
        var pod: String?
        let account: DecisionInputs.Object
        var entry: String?
        var flags: (expiration: Int64, regional: Bool) = (86400, false)
        let expected: (expiration: Int?, regional: Bool)
    }

    private static let annotated = DecisionInputs.Object.known(
        Annotations(["eks.amazonaws.com/token-expiration": "5000", "eks.amazonaws.com/sts-regional-endpoints": "true"])
    )
    private static let entry = #"{"ns/app": {"UseRegionalSTS": true, "TokenExpiration": 4000}}"#

    @Test(
        "takes regional STS and expiration from the pod, a known ServiceAccount, an exact ConfigMap entry, or defaults",
        arguments: [
            Case(account: annotated, entry: entry, flags: (7000, false), expected: (5000, true)),
            Case(pod: "3000", account: annotated, expected: (3000, true)),
            Case(pod: "86400", account: annotated, expected: (nil, true)),
            Case(pod: "86401", account: annotated, expected: (86401, true)),
            Case(pod: "nonsense", account: annotated, expected: (5000, true)),
            Case(pod: "10", account: annotated, expected: (600, true)),
            Case(account: .known(Annotations()), entry: entry, flags: (7000, true), expected: (7000, true)),
            Case(account: .known(Annotations()), entry: entry, expected: (nil, false)),
            Case(account: .unknown, entry: entry, flags: (7000, false), expected: (4000, true)),
            Case(account: .absent, entry: entry, expected: (4000, true)),
            Case(account: .unavailable("x"), entry: #"{"ns/app": {}}"#, flags: (7000, true), expected: (7000, false)),
            Case(account: .unknown, entry: #"{"*/app": {"UseRegionalSTS": true}}"#, expected: (nil, false)),
            Case(account: .unknown, flags: (7000, true), expected: (nil, false)),
        ]
    )
    func sources(_ sample: Case) throws {
        var settings = AWSSettings()
        settings.tokenExpiration = TokenExpiration(clamping: sample.flags.expiration)
        settings.usesRegionalSTS = sample.flags.regional
        let annotations = sample.pod.map { ["eks.amazonaws.com/token-expiration": $0] } ?? [:]
        let pod = try PodUnderTest.pod(annotations: annotations)
        let result = try PodUnderTest.mutate(sample.account, pod: pod, entries: sample.entry, settings: settings)
        let expiration = try #require(result.expiration)
        #expect(sample.expected.expiration.map { $0 == expiration } ?? (79200...86400).contains(expiration))
        #expect((result.variable("AWS_STS_REGIONAL_ENDPOINTS") == "regional") == sample.expected.regional)
    }

    @Test("spreads the default expiration over its whole range with the given generator")
    func jitter() throws {
        let least = try PodUnderTest.mutate(Self.irsa, using: FixedGenerator(number: 1)).expiration
        let most = try PodUnderTest.mutate(Self.irsa, using: FixedGenerator(number: .max)).expiration
        #expect(least == 79200 && most == 86400)
        let some = try (0..<50).map { _ in try PodUnderTest.mutate(Self.irsa).expiration }
        #expect(Set(some).count > 10)
    }

    @Test(
        "uses a Windows path for the token's file on Windows, but not for the mount path",
        arguments: [
            #", "nodeSelector": {"kubernetes.io/os": "windows"}"#,
            #", "nodeSelector": {"beta.kubernetes.io/os": "windows"}"#,
            #", "os": {"name": "windows"}"#,
            #", "affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [{"#
                + #""matchExpressions": [{"key": "kubernetes.io/os", "operator": "In", "values": ["windows"]}]}]}}}"#,
        ]
    )
    func windows(_ spec: String) throws {
        let pod = try PodUnderTest.pod(spec: spec)
        let result = try PodUnderTest.mutate(Self.irsa, pod: pod)
        let folder = #"C:\var\run\secrets\pods.eks.amazonaws.com\serviceaccount"#
        #expect(result.variable("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE") == folder + #"\eks-pod-identity-token"#)
        #expect(result.variable("AWS_CONTAINER_CREDENTIALS_FULL_URI") == "http://169.254.170.23/v1/credentials")
        let mount = result.pod[path: ["spec", "containers"]]?.elements?[0]["volumeMounts"]?.elements?[0]
        #expect(mount?["mountPath"]?.string == "/var/run/secrets/pods.eks.amazonaws.com/serviceaccount")
        let webIdentity = try PodUnderTest.mutate(Self.irsa, pod: pod, listed: false)
        let file = #"C:\var\run\secrets\eks.amazonaws.com\serviceaccount\token"#
        #expect(webIdentity.variable("AWS_WEB_IDENTITY_TOKEN_FILE") == file)
    }

    @Test(
        "uses no Windows path on other systems",
        arguments: [
            "", #", "nodeSelector": {"kubernetes.io/os": "linux"}"#, #", "os": {"name": "linux"}"#,
            #", "affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [{"#
                + #""matchExpressions": [{"key": "kubernetes.io/os", "operator": "NotIn", "values": ["windows"]}]}]}}}"#,
            #", "affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [{"#
                + #""matchExpressions": [{"key": "kubernetes.io/os", "operator": "In", "values": ["windows"]}]}, {}]}}}"#,
        ]
    )
    func notWindows(_ spec: String) throws {
        let result = try PodUnderTest.mutate(Self.irsa, pod: PodUnderTest.pod(spec: spec))
        #expect(result.variable("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE")?.hasPrefix("/var/run") ?? false)
    }

    // MARK: The identities file

    @Test(
        "reads its file as Go does",
        arguments: [
            ("{}", []), ("null", []), (#"{"identities": null}"#, []), (#"{"identities": []}"#, []),
            (PodUnderTest.listed, ["ns/app"]),
            (#"{"Identities": [{"NAMESPACE": "ns", "serviceaccount": "app", "more": 1}], "x": {}}"#, ["ns/app"]),
            (
                #"{"identities": [{"namespace": "a", "serviceAccount": "b"}, "#
                    + #"{"namespace": "", "serviceAccount": "c"}, {}]}"#, ["a/b"]
            ),
        ] as [(String, [String])]
    )
    func file(_ text: String, _ accounts: [String]) throws {
        var problems: Warnings = []
        let identities = try PodIdentityAssociations(parsing: Array(text.utf8), problems: &problems)
        #expect(identities.accounts.map(\.description) == accounts)
        #expect(problems.count == (text.contains("{}]") ? 2 : 0))
    }

    @Test(
        "refuses a malformed file as a whole",
        arguments: [
            " ", "{", "[]", "\"\"", #"{"identities": {}}"#, #"{"identities": [1]}"#, #"{"identities": ["ns/app"]}"#,
            #"{"identities": [{"namespace": "a", "serviceAccount": "b"}, {"namespace": 1, "serviceAccount": "b"}]}"#,
            PodUnderTest.listed + "x",
        ]
    )
    func badFile(_ text: String) {
        var problems: Warnings = []
        #expect(throws: (any Error).self) {
            try PodIdentityAssociations(parsing: Array(text.utf8), problems: &problems)
        }
    }
}
