import PodIdentity
import Testing

@testable import FederationProfiles

@Suite("A text of profiles", .timeLimit(.minutes(5)))
struct ProfileSetTests {
    private static let other = ProfileText.plain.split(separator: "\n").joined(separator: "\n")
        .replacing("small", with: "other").replacing("SMALL", with: "OTHER")

    @Test("has a document for each profile, and one for settings")
    func documents() throws {
        let text = "# all\n---\n\(ProfileText.plain)\n---\n\(Self.other)\n---\nsettings: {other: {region: eu}}\n"
        let set = try ProfileSet(text)
        #expect(set.profiles.map(\.name) == ["small", "other"])
        #expect(set.providers.map(\.cloud) == ["small", "other"])
        let grants = set.profiles.map { $0.evaluate(.named("x")).injection?.values["\($0.name.uppercased())_REGION"] }
        #expect(grants == [nil, "eu"])
    }

    @Test("can be overridden by settings of an installation")
    func settings() throws {
        let text = ProfileText.plain + "\n---\nsettings: {small: {region: text}}\n"
        let set = try ProfileSet(text, settings: ["small": ["region": "installed"]])
        #expect(set.profiles[0].evaluate(.named("x")).injection?.values["SMALL_REGION"] == "installed")
    }

    private static let unusable: [(text: String, settings: [String: [String: String]], reason: String)] = [
        (ProfileText.plain, ["small": ["regoin": "x"]], "there is no setting \"regoin\"; did you mean region?"),
        (ProfileText.plain, ["smal": ["region": "x"]], "no such profile; did you mean small?"),
        (ProfileText.plain + "\n---\nsettings: {smal: {}}", [:], "line 15: smal: there is no profile"),
        (ProfileText.plain + "\n---\nsettings: {}\n---\nsettings: {}", [:], "more than one document of settings"),
        (ProfileText.plain + "\n---\n" + ProfileText.plain, [:], "the name small is taken by another profile"),
        ("- a", [:], "must be a mapping"), ("a: [", [:], "malformed YAML"),
        (String(repeating: "#", count: 256 * 1024 + 1), [:], "at most 262144 bytes"),
        (
            (0...64).map { ProfileText.changed(("profile: small", "profile: p\($0)")) }.joined(separator: "\n---\n"),
            [:],
            "at most 64 profiles, not 65"
        ),
    ]

    @Test("is refused as a whole if anything in it is wrong", arguments: unusable)
    func refused(_ text: String, _ settings: [String: [String: String]], _ reason: String) {
        let reasons = ProfileReport(text, settings: settings).problems.map(\.description)
        #expect(
            reasons.contains { $0.contains(reason.replacing("line 15: smal", with: "settings.smal")) },
            "\(reasons)"
        )
    }

    @Test("that is not UTF-8 is refused")
    func encoding() {
        let report = ProfileReport([.init(name: "a.yaml", bytes: [0xff, 0xfe])])
        #expect(report.problems.map(\.description) == ["a.yaml: the text is not UTF-8"])
    }

    @Test("can be split into several files, which problems name")
    func files() {
        let report = ProfileReport([
            .init(name: "a.yaml", bytes: Array(ProfileText.plain.utf8)),
            .init(name: "b.yaml", bytes: Array(ProfileText.changed(("profile: small", "profile: Other")).utf8)),
        ])
        #expect(report.problems.first?.description.hasPrefix("b.yaml:1: profile Other: profile: must be") == true)
    }

    private static let collisions: [(change: (String, String), reason: String)] = [
        (("OTHER_NAME", "SMALL_NAME"), "the variable SMALL_NAME is set by the profile small too"),
        (("name: other-token", "name: small-token"), "the volume small-token is one of the profile small too"),
        (("/var/run/secrets/other", "/run/secrets/small"), "conflict"),
        (("/var/run/secrets/other", "/run/secrets/small/inner"), "conflict"),
        (("profile: other", "profile: small"), "the name small is taken"),
    ]

    @Test("is refused if two of its profiles write the same", arguments: collisions)
    func collision(_ change: (String, String), _ reason: String) {
        var other = Self.other.replacing(change.0, with: change.1, maxReplacements: 1)
        if change.0.contains("name:") { other = other.replacing("path:other-token", with: "path:small-token") }
        let problems = ProfileReport(ProfileText.plain + "\n---\n" + other).problems
        #expect(problems.contains { $0.reason.contains(reason) && $0.line == 15 }, "\(problems)")
    }

    @Test("is checked for conflicts with the program's own providers")
    func reserved() {
        let reserved = ReservedNames(
            owner: "the provider aws",
            profiles: ["small"],
            variables: ["SMALL_FILE"],
            volumes: ["small-token"],
            mounts: ["/var/run/secrets/small/aws"],
            annotationPrefixes: ["small.example/"]
        )
        let texts = [ProfileReport.Text(name: "a.yaml", bytes: Array(("---\n" + ProfileText.plain).utf8))]
        let report = ProfileReport(texts, reserved: [reserved])
        let problems = report.problems
        #expect(problems.count == 5 && report.usable.isEmpty)
        #expect(problems.allSatisfy { $0.description.hasPrefix("a.yaml:2: profile small: ") })
        #expect(problems.allSatisfy { $0.reason.contains("the provider aws") && $0.profile == "small" })
        #expect(ProfileReport(texts, reserved: [.init(owner: "x")]).problems.isEmpty)
    }

    private static let possible: [(change: (String, String), reason: String)] = [
        (("SMALL_NAME:", "\"SMALL_${name}_NAME\":"), "can be SMALL_OTHER_NAME, which is set by x too"),
        (("name: small-token", "name: small-token-x"), "the volume small-token-x is one of x too"),
        (("prefix: small.example", "prefix: x.example"), "has a prefix of x"),
    ]

    @Test("is refused for what it writes only in some pods", arguments: possible)
    func possibleCollision(_ change: (String, String), _ reason: String) {
        let reserved = ReservedNames(
            owner: "x",
            variables: ["SMALL_OTHER_NAME"],
            volumes: ["small-token-"],
            annotationPrefixes: ["x.example/"]
        )
        var text = ProfileText.changed(change)
        if change.0.hasPrefix("prefix") {
            // It reads none of the annotations, so only what it writes matters.
            text =
                text.replacing("{annotation: name}", with: "{annotation: a.b/name}")
                .replacing("{annotation: seconds,", with: "{annotation: a.b/seconds,") + "\nmetadata: {labels: {l: v}}"
        }
        text = text.replacing(
            "path:small-token/",
            with: change.1.hasSuffix("-x") ? "path:small-token-x/" : "path:small-token/"
        )
        let problems = ProfileReport([.init(bytes: Array(text.utf8))], reserved: [reserved]).problems
        #expect(problems.count == 1 && problems.first?.reason.contains(reason) == true, "\(problems)")
    }

    @Test("determines what must be looked up")
    func keys() throws {
        let set = try ProfileSet(
            ProfileText.changed(("use: {when: [name]}", "use: {when: [name], skipLabel: skip, namespaceLabel: {x: a}}"))
        )
        let profile = set.profiles[0]
        #expect(profile.serviceAccountAnnotations == ["small.example/name", "small.example/seconds"])
        #expect(profile.podAnnotations == ["small.example/seconds"])
        #expect(profile.podLabels == ["small.example/skip"])
        #expect(set.namespaceLabels == ["small.example/x"] && profile.needsNamespace)
    }

    @Test("is a configuration whose last valid version stays in effect")
    func configuration() throws {
        let source = ProviderConfigurationSource(.file(path: "p"), ProfileSet.self)
        var configurations = ProviderConfigurations()
        try configurations.read(Array(ProfileText.plain.utf8), of: source)
        #expect(throws: ProfileError.self) { try configurations.read(Array("a: b".utf8), of: source) }
        let set: ProfileSet? = configurations.value(at: source.place)
        #expect(set?.profiles.map(\.name) == ["small"])
    }
}
