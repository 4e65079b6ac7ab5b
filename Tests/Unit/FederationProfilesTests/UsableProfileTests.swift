import FederationProfiles
import Testing

/// The profiles that are used if the program starts with invalid ones.
@Suite("Profiles from texts with mistakes", .timeLimit(.minutes(5)))
struct UsableProfileTests {
    private static let small = ProfileText.plain
    private static let other = small.replacing("small", with: "other").replacing("SMALL", with: "OTHER")
    /// It has no settings, so it can lack none.
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
        "an invalid profile does not affect others",
        arguments: [
            other + "\nnonsense: 1",
            // With any name; long names are cut in messages.
            small.replacing("profile: small", with: "profile: \(String(repeating: "a", count: 100))"),
            "profile: [small]", "profile: 1\nprefix: a.b",
            other + "\ntests: [{expected: {identity: x}}]", other + "\ntests: [{}]",
            // Of two profiles with the same name, or that write the same, the first one is used.
            small, other.replacing("OTHER_NAME", with: "SMALL_NAME"),
        ]
    )
    func wrongProfile(_ text: String) { #expect(usable([Self.small, text]) == ["small"]) }

    @Test("a profile that depends on itself is not used, even if its name is too long for the message")
    func cycle() {
        let text = Self.small.replacing("profile: small", with: "profile: \(String(repeating: "a", count: 100))")
            .replacing("name: {annotation: name}", with: "name: {from: name, shape: \"{*}\"}")
        #expect(usable([text]) == [])
    }

    @Test("one that is not YAML disables profiles that may lack settings, but no others")
    func unread() {
        #expect(usable([Self.small, Self.plain, "a: ["]) == ["plain"])
        #expect(usable([Self.small, "a: ["], ["small": [:]]) == ["small"])
        #expect(usable([Self.small, "a: [", "settings: {small: {region: a}}"]) == ["small"])
    }

    @Test("settings for an unknown profile disable profiles that may lack settings, but no others")
    func straySettings() {
        #expect(usable([Self.small, Self.plain], ["smal": ["region": "a"]]) == ["plain"])
        #expect(usable([Self.small, Self.plain, "settings: {smal: {region: a}}"]) == ["plain"])
        #expect(
            usable([Self.small, Self.plain, Self.other], ["smal": [:], "other": ["region": "a"]]) == ["plain", "other"]
        )
    }

    @Test(
        "invalid settings disable their profile",
        arguments: ["settings: {small: {region: 1}}", "settings: {small: {regoin: a}}", "settings: {small: []}"]
    )
    func wrongSettings(_ text: String) {
        #expect(usable([Self.small, Self.plain, text, "# nothing"]) == ["plain"])
    }

    @Test("two documents with settings for a profile disable it")
    func settingsTwice() {
        let texts = [Self.small, Self.other, "settings: {small: {region: a}}", "settings: {small: {region: b}}"]
        #expect(usable(texts) == ["other"])
    }

    @Test("the first ones are used if there are too many")
    func tooMany() {
        let texts = (0...64).map { Self.plain.replacing("plain", with: "p\($0)").replacing("PLAIN", with: "P\($0)") }
        #expect(usable(texts).count == 64)
    }
}
