import JSON
import PodIdentity
import TestSupport
import Testing

@testable import AWSIdentity
@testable import KubernetesObjects
@testable import ProviderSupport

@Suite("The ConfigMap pod-identity-webhook", .timeLimit(.minutes(5)))
struct ConfigMapTests {
    private static func role(_ name: String) -> String { "arn:aws:iam::111122223333:role/\(name)" }

    /// An entry for each key, whose role has the index of the key.
    private static func entries(_ keys: [String]) -> String {
        let members = keys.enumerated().map { #""\#($1)": {"RoleARN": "\#(role("\($0)"))"}"# }
        return "{\(members.joined(separator: ","))}"
    }

    @Test(
        "uses the exact key, or else the pattern with the longest literal prefix",
        arguments: [
            (["ns/app"], 0), (["ns/other"], nil), (["other/app"], nil), (["*/app"], 0), (["n*/app"], 0),
            (["*s/app"], 0),
            (["n?/app"], 0), (["n??/app"], nil), (["?*s*/app"], 0), (["x*/app"], nil), (["ns*/app"], 0),
            (["*/app", "ns/app"], 1), (["*/app", "n*/app", "ns*/app"], 2), (["n*/app", "*s/app", "*/app"], 0),
            (["n*/app", "n*s/app"], 1), (["n*s/app", "n?/app"], 0), (["*/other", "ns/*"], nil),
            (["n?/app", "n*/app"], 1),
        ] as [([String], Int?)]
    )
    func keys(_ keys: [String], _ expected: Int?) throws {
        let result = try? PodUnderTest.mutate(.absent, listed: false, entries: Self.entries(keys))
        #expect(result?.variable("AWS_ROLE_ARN") == expected.map { Self.role("\($0)") })
    }

    @Test("is used without a lookup if the ServiceAccount has no role or is unknown")
    func precedence() throws {
        let entries = Self.entries(["ns/app"])
        let own = DecisionInputs.Object.known(Annotations(["eks.amazonaws.com/role-arn": Self.role("own")]))
        func role(_ account: DecisionInputs.Object) throws -> String? {
            try PodUnderTest.mutate(account, listed: false, entries: entries).variable("AWS_ROLE_ARN")
        }
        #expect(try role(own) == Self.role("own"))
        let empty = Annotations(["eks.amazonaws.com/role-arn": ""])
        for account: DecisionInputs.Object in [
            .known(Annotations()), .known(empty), .absent, .unknown, .unavailable("x"),
        ] {
            #expect(try role(account) == Self.role("0"))
        }
        #expect(throws: PureMutationError.needsLookup) {
            try PodUnderTest.mutate(.unknown, listed: false, entries: "{}")
        }
        #expect(throws: PureMutationError.needsLookup) {
            try PodUnderTest.mutate(.unknown, listed: false, entries: #"{"ns/app": {"UseRegionalSTS": true}}"#)
        }
    }

    @Test("counts its entries, including unusable ones")
    func counts() throws {
        let text = """
            {"ns/a": {"RoleARN": "\(Self.role("a"))"}, "*/b": {}, "c": {}, "ns/d": "x", "ns/e": {"RoleARN": 1},
             "ns/f": {"RoleARN": "nothing"}, "ns/g": {"RoleARN": " \(Self.role("g")) "}}
            """
        var problems: Warnings = []
        let counts = try ConfigMapEntries(parsing: Array(text.utf8), problems: &problems).counts
        #expect(counts == (valid: 3, invalid: 4))
        #expect(try ConfigMapEntries(parsing: Array("{}".utf8), problems: &problems).counts == (valid: 0, invalid: 0))
    }

    @Test("is read only if it is enabled")
    func off() {
        #expect(IRSAProvider(settings: AWSSettings()).configurations.isEmpty)
        #expect(throws: PureMutationError.needsLookup) {
            try PodUnderTest.mutate(.unknown, listed: false, entries: nil)
        }
    }

    @Test("replaces all of the ServiceAccount's settings with an entry")
    func wholly() throws {
        var settings = AWSSettings()
        settings.usesRegionalSTS = true
        settings.tokenExpiration = TokenExpiration(clamping: 7000)
        settings.roleComposition = RoleComposition(partition: "aws", account: "111122223333")
        let annotations = Annotations([
            "eks.amazonaws.com/audience": "own", "eks.amazonaws.com/token-expiration": "5000",
            "eks.amazonaws.com/sts-regional-endpoints": "true",
        ])
        let bare = try PodUnderTest.mutate(
            .known(annotations),
            listed: false,
            entries: #"{"ns/app": {"RoleARN": "name"}}"#,
            settings: settings
        )
        #expect(bare.variable("AWS_ROLE_ARN") == "name", "roles are not composed")
        #expect(bare.warnings.count == 1 && bare.warnings[0].contains("must have the form arn:"))
        #expect(bare.variable("AWS_STS_REGIONAL_ENDPOINTS") == nil)
        #expect(bare.token?["audience"]?.string == "sts.amazonaws.com" && bare.expiration == 7000)

        let others = #""Audience": "x", "UseRegionalSTS": true, "TokenExpiration": 4000"#
        let entries = #"{"ns/app": {"RoleARN": "\#(Self.role("a"))", \#(others)}}"#
        let full = try PodUnderTest.mutate(.known(annotations), listed: false, entries: entries)
        #expect(full.variable("AWS_STS_REGIONAL_ENDPOINTS") == "regional")
        #expect(full.token?["audience"]?.string == "x" && full.expiration == 4000)
        #expect(full.warnings.count == 1 && full.warnings[0].contains("neither AWS_REGION nor AWS_DEFAULT_REGION"))

        let pod = try PodUnderTest.pod(annotations: ["eks.amazonaws.com/token-expiration": "3000"])
        #expect(try PodUnderTest.mutate(.absent, pod: pod, listed: false, entries: entries).expiration == 3000)
    }

    @Test("protects a ServiceAccount from patterns with an entry that has no role")
    func noRole() throws {
        let entries = #"{"ns/app": {"UseRegionalSTS": true}, "*/app": {"RoleARN": "\#(Self.role("all"))"}}"#
        #expect(try PodUnderTest.mutate(.known(Annotations()), listed: false, entries: entries).reason == .noRole)
    }

    @Test(
        "has its entries read as Go reads them",
        arguments: [
            ("{}", .init()),
            (#"{"RoleARN": null, "Audience": null, "UseRegionalSTS": null, "TokenExpiration": null}"#, .init()),
            (
                #"{"rolearn": "r", "AUDIENCE": "a", "useRegionalSts": true, "more": []}"#,
                .init(roleARN: "r", audience: "a", usesRegionalSTS: true)
            ),
            (#"{"TokenExpiration": 0}"#, .init()),
            (#"{"TokenExpiration": 600}"#, .init(expiration: TokenExpiration(clamping: 600))),
            (#"{"TokenExpiration": 599}"#, .init(expiration: TokenExpiration(clamping: 600))),
            (#"{"TokenExpiration": -5}"#, .init(expiration: TokenExpiration(clamping: 600))),
            (#"{"TokenExpiration": 4294967297}"#, .init(expiration: TokenExpiration(clamping: 4_294_967_296))),
        ] as [(String, ConfigMapEntries.Entry)]
    )
    func entry(_ text: String, _ expected: ConfigMapEntries.Entry) throws {
        let (entries, _) = try read(#"{"ns/app": \#(text)}"#)
        #expect(entries.exact(PodUnderTest.account) == expected)
    }

    private func read(_ text: String) throws -> (ConfigMapEntries, Warnings) {
        var problems: Warnings = []
        let entries = try ConfigMapEntries(parsing: Array(text.utf8), problems: &problems)
        return (entries, problems)
    }

    @Test(
        "is used without an invalid key or entry, which is reported",
        arguments: [
            #""": {}"#, #""app": {}"#, #""/": {}"#, #""ns/": {}"#, #""/app": {}"#, #""a/b/c": {}"#, #""ns/a*": {}"#,
            #""[a-z]/app": {}"#, #""NS/app": {}"#, #""ns /app": {}"#, #""n.s/app": {}"#, #""ns/app\u0000": {}"#,
            #""ns/app": null"#, #""ns/app": []"#, #""ns/app": "arn""#, #""ns/app": {"RoleARN": 1}"#,
            #""ns/app": {"RoleARN": {}}"#, #""ns/app": {"Audience": []}"#, #""ns/app": {"UseRegionalSTS": "true"}"#,
            #""ns/app": {"UseRegionalSTS": 1}"#, #""ns/app": {"TokenExpiration": "600"}"#,
            #""ns/app": {"TokenExpiration": 600.5}"#, #""ns/app": {"TokenExpiration": 9223372036854775808}"#,
        ]
    )
    func badEntries(_ bad: String) throws {
        let text = #"{\#(bad), "good/app": {"RoleARN": "\#(Self.role("good"))"}}"#
        let (entries, problems) = try read(text)
        #expect(problems.count == 1 && problems.texts[0].contains("is ignored: "))
        #expect(entries.exact(NamespacedName(namespace: "good", name: "app"))?.roleARN == Self.role("good"))
        #expect(entries.entry(for: PodUnderTest.account) == nil)
    }

    @Test("is refused as a whole if it is not an object", arguments: [" ", "[]", "{", "1", #""x""#, #"{"ns/app": {}"#])
    func malformed(_ text: String) {
        #expect(throws: (any Error).self) { try read(text) }
    }

    @Test("reports values that Kubernetes would refuse")
    func problems() throws {
        let text = #"{"a/b": {"RoleARN": "name"}, "c/d": {"TokenExpiration": 5}}"#
        let (_, problems) = try read(text)
        #expect(problems.count == 2)
        #expect(problems.texts[0].contains("a/b") && problems.texts[0].contains("must have the form arn:"))
        #expect(problems.texts[1].contains("c/d") && problems.texts[1].contains("600 is used"))
    }
}
