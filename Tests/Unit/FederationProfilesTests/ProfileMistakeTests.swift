import FederationProfiles
import Testing

/// Common mistakes in YAML.
@Suite("A mistake in profiles", .timeLimit(.minutes(5)))
struct ProfileMistakeTests {
    private static let mistakes: [(text: String, problem: String)] = [
        (ProfileText.with("\tmetadata: {}"), "a.yaml:14: malformed YAML: found character that cannot start any token"),
        (ProfileText.with("profile: other"), "a.yaml:14: the key 'profile' appears twice"),
        (
            ProfileText.changed(("{when: [name]}", "{when: on}")),
            "a.yaml:7: profile small: use.when: must be a text, and YAML reads"
        ),
        (
            ProfileText.changed(("profile: small", "profile: yes")),
            "a.yaml:1: profile: must be a text, and YAML reads this as true"
        ),
        (
            ProfileText.changed(("default: 3600", "default: 99999999999999999999")),
            "a.yaml:6: profile small: parameters.seconds.default: must be a whole"
        ),
        (
            ProfileText.changed(("default: 3600", "default: 1e400")),
            "a.yaml:6: profile small: parameters.seconds.default: must be a whole"
        ),
        (ProfileText.changed(("default: 3600", "default: .inf")), "a.yaml:6: JSON, and so Kubernetes, has no number"),
        (
            ProfileText.changed(("min: 600", "min: 0600")),
            "a.yaml:11: profile small: volumes[0].sources[0].token.expiration: the parameter seconds needs a min"
        ),
        (ProfileText.with("identity: *none"), "a.yaml:14: malformed YAML: found undefined alias"),
        (ProfileText.with("identity: [&a \"x\", [*a]]"), "a.yaml:14: profile small: identity[1]: must be a text"),
        (ProfileText.with("tests: {}"), "a.yaml:14: profile small: tests: must be a list"),
        (ProfileText.changed(("use: {when: [name]}", "use:")), "a.yaml:1: profile small: the field use is missing"),
        (ProfileText.with(bomb), "a.yaml:"),
    ]

    /// Nine lists of nine elements, each of which is the previous list: a text of a few lines with 3 486 784 401
    /// values.
    private static let bomb =
        "metadata:\n  x0: &x0 [a]\n"
        + (1...10).map { "  x\($0): &x\($0) [\(Array(repeating: "*x\($0 - 1)", count: 9).joined(separator: ", "))]" }
        .joined(separator: "\n")

    @Test("is reported once, with its place", arguments: mistakes)
    func mistake(_ text: String, _ problem: String) {
        let problems = ProfileReport([.init(name: "a.yaml", bytes: Array(text.utf8))]).problems.map(\.description)
        #expect(problems.count == 1 && problems.first?.hasPrefix(problem) == true, "\(problems)")
    }

    @Test("is reported with its line if the text has Windows line ends and a byte order mark")
    func windows() {
        let text = "\u{feff}" + ProfileText.plain.replacing("\n", with: "\r\n")
        #expect(ProfileReport(text).problems.map(\.description) == [])
        let problems = ProfileReport(text + "\r\nnonsense: 1\r\n").problems
        #expect(problems.map(\.line) == [14], "\(problems)")
    }

    @Test("is not that there is no profile", arguments: ["", "---\n", "# nothing", "---\n---\n...\n", "null"])
    func nothing(_ text: String) {
        let report = ProfileReport([.init(name: "a.yaml", bytes: Array(text.utf8))])
        #expect(report.problems.isEmpty && report.profiles.isEmpty)
    }

    @Test("is found at once if aliases make the text large")
    func repeatedFile() {
        let levels = (1...4).map {
            "    l\($0): &l\($0) [\(Array(repeating: "*l\($0 - 1)", count: 16).joined(separator: ", "))]"
        }
        let text = ProfileText.changed(
            (
                "sources: [{token",
                "sources:\n    - file:\n        path: f\n        json:\n          l0: &l0 [1]\n"
                    + levels.map { "      \($0)\n" }.joined() + "    - {token"
            )
        ).replacing("\"${seconds}\"}}]", with: "\"${seconds}\"}}")
        let problems = ProfileReport(text).problems
        #expect(problems.contains { $0.reason == "the file has more than 2048 values" }, "\(problems)")
    }
}
