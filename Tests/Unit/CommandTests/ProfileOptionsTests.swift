import ArgumentParser
import FederationProfiles
import Testing

@testable import pod_identity_webhook

@Suite("The flags for profiles", .timeLimit(.minutes(5)))
struct ProfileOptionsTests {
    @Test("assign settings to profiles by name")
    func settings() throws {
        let options = try ProfileOptions.parse([
            "--profiles", "a", "--profiles", "b", "--profile-setting", "one.x=1=2", "--profile-setting", "one.y=",
            "--profile-setting", "two.x=3",
        ])
        #expect(options.profiles == ["a", "b"] && options.areGiven)
        #expect(try options.settings.values == ["one": ["x": "1=2", "y": ""], "two": ["x": "3"]])
    }

    @Test(
        "are refused if they contradict each other",
        arguments: [
            ["--profiles=a", "--profiles-config-map=b"], ["--profile-setting=a.b=c"],
            ["--profiles=a", "--profile-setting=a.b"], ["--profiles=a", "--profile-setting=ab=c"],
            ["--profiles=a", "--profile-setting=.b=c"],
            ["--profiles=a", "--profile-setting=a.b=1", "--profile-setting=a.b=2"],
        ]
    )
    func contradictions(_ arguments: [String]) {
        #expect(throws: (any Error).self) { try ProfileOptions.parse(arguments) }
    }
}
