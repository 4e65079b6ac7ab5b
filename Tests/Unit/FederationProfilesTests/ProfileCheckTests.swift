import Testing

@testable import FederationProfiles

@Suite("A profile with a mistake", .timeLimit(.minutes(5)))
struct ProfileCheckTests {
    /// A change to the small profile, and the resulting problem.
    struct Mistake: Sendable, CustomTestStringConvertible {
        let old: String
        let new: String
        let place: String
        let line: Int
        let reason: String

        init(_ old: String, _ new: String, _ place: String, _ line: Int, _ reason: String) {
            self.old = old
            self.new = new
            self.place = place
            self.line = line
            self.reason = reason
        }

        var testDescription: String { "\(new): \(reason)" }
    }

    private static let names: [Mistake] = [
        .init("profile: small", "profile: Small", "profile", 1, "lower-case letters"),
        .init("profile: small\n", "", "", 1, "the field profile is missing"),
        .init("prefix: small.example", "prefix: small.example/", "prefix", 2, "without a slash"),
        .init("prefix: small.example", "prefix: a.kubernetes.io", "prefix", 2, "are Kubernetes'"),
        .init("settings:", "setings:", "setings", 3, "did you mean settings?"),
        .init("{region: \"\"}", "{region: 1}", "settings.region", 3, "put it in quotes"),
        .init("{region: \"\"}", "{re-gion: \"\", region: \"\"}", "settings.re-gion", 3, "letter followed by"),
        .init("{region: \"\"}", "{profile: \"\", region: \"\"}", "settings.profile", 3, "is built in"),
    ]

    private static let parameters: [Mistake] = [
        .init("{annotation: name}", "{anotation: name}", "parameters.name.anotation", 5, "did you mean annotation?"),
        .init(
            "{annotation: name}",
            "{annotation: na me}",
            "parameters.name.annotation",
            5,
            "not the name of an annotation"
        ),
        .init(
            "{annotation: name}",
            "{annotation: \"${name}\"}",
            "parameters.name.annotation",
            5,
            "only settings can be used"
        ),
        .init("{annotation: name}", "{annotation: m, in: []}", "parameters.name.in", 5, "pod or serviceAccount"),
        .init(
            "{annotation: name}",
            "{annotation: m, in: node}",
            "parameters.name.in",
            5,
            "must be pod or serviceAccount"
        ),
        .init("{annotation: name}", "{annotation: m, shape: x}", "parameters.name.shape", 5, "needs a piece"),
        .init("{annotation: name}", "{from: seconds}", "parameters.name.from", 5, "needs a shape"),
        .init(
            "{annotation: name}",
            "{from: second, shape: \"{*}\"}",
            "parameters.name.from",
            5,
            "no parameter \"second\"; did you mean seconds?"
        ),
        .init("{annotation: name}", "{setting: regio}", "parameters.name.setting", 5, "did you mean region?"),
        .init("{annotation: name}", "{from: name, shape: \"a{*}\"}", "parameters.name", 5, "depends on itself"),
        .init("{annotation: name}", "{type: text}", "parameters.name", 5, "where the value comes from"),
        .init("{annotation: name}", "{annotation: m, min: 5}", "parameters.name.min", 5, "type seconds"),
        .init(
            "{annotation: name}",
            "{annotation: m, choices: [a], default: b}",
            "parameters.name.default",
            5,
            "one of the choices a"
        ),
        .init(
            "{annotation: name}",
            "{annotation: m, choices: [a], map: {b: c}}",
            "parameters.name.map.b",
            5,
            "never \"b\", only a"
        ),
        .init(
            "{annotation: name}",
            "{annotation: m, type: flag, default: perhaps}",
            "parameters.name.default",
            5,
            "true or false"
        ),
        .init(
            "{annotation: name}",
            "{annotation: m, onInvalid: never}",
            "parameters.name.onInvalid",
            5,
            "deny or skip or default"
        ),
        .init(
            "{annotation: name}",
            "{annotation: m, when: [nam]}",
            "parameters.name.when[0]",
            5,
            "no parameter or setting \"nam\"; did you mean name?"
        ),
        .init("min: 600", "min: 60", "volumes[0].sources[0].token.expiration", 11, "min of 600"),
        .init("default: 3600, min: 600", "min: 600", "volumes[0].sources[0].token.expiration", 11, "needs a default"),
        .init("min: 600", "min: 7200", "parameters.seconds.default", 6, "must be 7200 to 4294967296 seconds"),
        .init("min: 600", "max: 4294967297", "parameters.seconds.max", 6, "1 to 4294967296"),
        .init("min: 600", "min: 900, max: 800", "parameters.seconds.min", 6, "min not above max"),
        .init("default: 3600", "default: soon", "parameters.seconds.default", 6, "seconds"),
        .init("type: seconds", "type: minutes", "parameters.seconds.type", 6, "text or seconds or flag"),
    ]

    private static let rules: [Mistake] = [
        .init("use: {when: [name]}", "use: {}", "use", 7, "every pod would get the identity"),
        .init("use: {when: [name]}\n", "", "", 1, "the field use is missing"),
        .init("use: {when: [name]}", "use: {podLabel: {use: on}}", "use.podLabel.use", 7, "put it in quotes"),
        .init(
            "use: {when: [name]}",
            "use: {podLabel: {use: \"a b\"}}",
            "use.podLabel.use",
            7,
            "not the value of a label"
        ),
        .init("use: {when: [name]}", "use: {when: [nmae]}", "use.when[0]", 7, "did you mean name?"),
        .init("use: {when: [name]}", "use: {when: [name], anyOf: [{}]}", "use.anyOf[0]", 7, "holds for every pod"),
        .init(
            "use: {when: [name]}",
            "use: {when: [name], requires: [{when: [name]}]}",
            "use.requires[0]",
            7,
            "params is missing"
        ),
        .init("use: {when: [name]}", "use: {when: [name], requires: [x]}", "use.requires[0]", 7, "no parameter \"x\""),
    ]

    @Test(
        "is reported with its place, its line and what to do",
        arguments: names + parameters + rules + volumes + environment
    )
    func mistakes(_ mistake: Mistake) throws {
        let report = ProfileReport(ProfileText.changed((mistake.old, mistake.new)))
        let found = report.problems.first { $0.reason.contains(mistake.reason) }
        let all = report.problems.map(\.description).joined(separator: "\n")
        let problem = try #require(found, "\(all)")
        #expect(problem.place == mistake.place, "\(all)")
        #expect(problem.line == mistake.line, "\(all)")
    }

    @Test("is reported with all others, and gives no profile")
    func allOfThem() {
        let text = ProfileText.changed(("{annotation: name}", "{anotation: name}"), ("mount: /var", "mount: var"))
        let error = #expect(throws: ProfileError.self) { try ProfileSet(text) }
        #expect(error?.problems.count == 3, "\(error?.description ?? "")")
        #expect(
            error?.description.contains("line 10: profile small: volumes[0].mount: must start with a slash") == true
        )
    }

    @Test("is counted if there are very many, of which the first are reported")
    func bounded() throws {
        let many = (1...200).map { "  x\($0): 1" }.joined(separator: "\n")
        let error = #expect(throws: ProfileError.self) { try ProfileSet(ProfileText.with("metadata:\n" + many)) }
        #expect(error?.problems.count == 50 && error?.omitted == 150)
        #expect(error?.description.hasSuffix("\nand 150 more") == true)
    }

    @Test("is not in the small profile")
    func none() {
        #expect(ProfileReport(ProfileText.plain).problems.isEmpty)
    }
}
