import FederationProfiles
import Testing

/// What is used when the program starts and finds something wrong.
@Suite("Of texts of profiles in which something is wrong", .timeLimit(.minutes(5)))
struct UsableProfileTests {
    private static let small = ProfileText.plain
    private static let other = small.replacing("small", with: "other").replacing("SMALL", with: "OTHER")
    /// It has no settings, so that it can lack none.
    private static let plain = small.replacing("settings: {region: \"\"}\n", with: "")
        .replacing(", SMALL_REGION: \"${region}\"", with: "").replacing("small", with: "plain")
        .replacing("SMALL", with: "PLAIN")

    private func usable(_ texts: [String], _ settings: [String: [String: String]] = [:]) -> [String] {
        let texts = texts.enumerated().map { ProfileReport.Text(name: "\($0).yaml", bytes: Array($1.utf8)) }
        let report = ProfileReport(texts, settings: ProfileSettings(settings))
        #expect(!report.problems.isEmpty)
        return report.usable.map(\.name)
    }

    @Test(
        "a profile that is wrong takes no other away",
        arguments: [
            other + "\nnonsense: 1",
            // Whatever it is called: a name is shortened in messages.
            small.replacing("profile: small", with: "profile: \(String(repeating: "a", count: 100))"),
            "profile: [small]", "profile: 1\nprefix: a.b",
            other + "\ntests: [{expected: {identity: x}}]", other + "\ntests: [{}]",
            // Of two with one name, or that write the same, the first one counts.
            small, other.replacing("OTHER_NAME", with: "SMALL_NAME"),
        ]
    )
    func wrongProfile(_ text: String) { #expect(usable([Self.small, text]) == ["small"]) }

    @Test("one that needs itself is not used, even if its name is too long to be told whole")
    func cycle() {
        let text = Self.small.replacing("profile: small", with: "profile: \(String(repeating: "a", count: 100))")
            .replacing("name: {annotation: name}", with: "name: {from: name, shape: \"{*}\"}")
        #expect(usable([text]) == [])
    }

    @Test("a text that is not YAML takes those away that may lack settings, and no other")
    func unread() {
        #expect(usable([Self.small, Self.plain, "a: ["]) == ["plain"])
        #expect(usable([Self.small, "a: ["], ["small": [:]]) == ["small"])
        #expect(usable([Self.small, "a: [", "settings: {small: {region: a}}"]) == ["small"])
    }

    @Test("so do settings for a profile that there is not")
    func straySettings() {
        #expect(usable([Self.small, Self.plain], ["smal": ["region": "a"]]) == ["plain"])
        #expect(usable([Self.small, Self.plain, "settings: {smal: {region: a}}"]) == ["plain"])
        #expect(
            usable([Self.small, Self.plain, Self.other], ["smal": [:], "other": ["region": "a"]]) == ["plain", "other"]
        )
    }

    @Test(
        "settings that are wrong take their profile away",
        arguments: ["settings: {small: {region: 1}}", "settings: {small: {regoin: a}}", "settings: {small: []}"]
    )
    func wrongSettings(_ text: String) {
        #expect(usable([Self.small, Self.plain, text, "# nothing"]) == ["plain"])
    }

    @Test("two documents of settings leave it open which counts")
    func settingsTwice() {
        let texts = [Self.small, Self.other, "settings: {small: {region: a}}", "settings: {small: {region: b}}"]
        #expect(usable(texts) == ["other"])
    }

    @Test("of too many, the first are used")
    func tooMany() {
        let texts = (0...64).map { Self.plain.replacing("plain", with: "p\($0)").replacing("PLAIN", with: "P\($0)") }
        #expect(usable(texts).count == 64)
    }
}
