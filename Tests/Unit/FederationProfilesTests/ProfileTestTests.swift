import Testing

@testable import FederationProfiles

@Suite("The tests of a profile", .timeLimit(.minutes(5)))
struct ProfileTestTests {
    private func report(_ test: String) -> ProfileReport { ProfileReport(ProfileText.with("tests:\n  - \(test)")) }

    private static let account = "serviceAccount: {annotations: {name: x}}"

    private static let failures: [(test: String, difference: String)] = [
        ("{\(account), expected: {outcome: none}}", "outcome: expected none, found given"),
        ("{expected: {identity: x}}", "outcome: expected given, found none"),
        ("{\(account), expected: {identity: z}}", "identity: expected \"z\", found \"x\""),
        (
            "{\(account), expected: {environment: {SMALL_NAME: z}}}",
            "environment.SMALL_NAME: expected \"z\", found \"x\""
        ),
        ("{\(account), expected: {environment: {SMALL_NAME: x}}}", "environment.SMALL_FILE: expected nothing, found"),
        ("{\(account), expected: {environment: {A: b}}}", "environment.A: expected \"b\", found nothing"),
        ("{\(account), expected: {containers: []}}", "containers: expected [], found [\"app\"]"),
        ("{\(account), expected: {mounts: {}}}", "mounts.small-token: expected nothing"),
        ("{\(account), expected: {warnings: [x]}}", "warnings: expected [\"x\"], found []"),
        (
            "{\(account), expected: {volumes: {small-token: {mount: /var/run/secrets/small, sources: [{token: {path: token, audience: small, expiration: 3601}}]}}}}",
            "volumes.small-token.sources[0].token.expiration: expected 3601, found 3600"
        ),
        (
            "{\(account), pod: {annotations: {seconds: soon}}, expected: {outcome: denied, message: never}}",
            "message: expected \"never\" in"
        ),
    ]

    @Test("fail with the expected and the actual result", arguments: failures)
    func failing(_ test: String, _ difference: String) {
        let report = report(test)
        #expect(
            report.tests.count == 1 && report.tests[0].differences.contains { $0.contains(difference) },
            "\(report)"
        )
        #expect(report.problems.contains { $0.reason.contains(difference) && $0.line == 15 && $0.place == "tests[0]" })
        #expect(throws: ProfileError.self) { try ProfileSet(ProfileText.with("tests:\n  - \(test)")) }
    }

    private static let mistakes: [(test: String, place: String, reason: String)] = [
        ("{expcted: {}}", "tests[0].expcted", "did you mean expected?"), ("{}", "tests[0]", "expected is missing"),
        ("{expected: {outcome: perhaps}}", "tests[0].expected.outcome", "given, none, skipped or denied"),
        ("{expected: {outcome: none, identity: x}}", "tests[0].expected", "has no identity"),
        ("{expected: {message: x}}", "tests[0].expected", "only a pod that is denied"),
        ("{settings: {regin: x}, expected: {}}", "tests[0].settings", "did you mean region?"),
        ("{pod: {anotations: {}}, expected: {}}", "tests[0].pod.anotations", "did you mean annotations?"),
    ]

    @Test("have their own mistakes reported", arguments: mistakes)
    func mistaken(_ test: String, _ place: String, _ reason: String) {
        let problems = report(test).problems
        #expect(problems.contains { $0.place == place && $0.reason.contains(reason) }, "\(problems)")
    }

    @Test("do not depend on an installation's settings, and have names")
    func settings() {
        let test =
            "{name: no region, \(Self.account), expected: {environment: {SMALL_NAME: x, SMALL_FILE: /var/run/secrets/small/token}}}"
        let report = ProfileReport(
            ProfileText.with("tests:\n  - \(test)\n  - {expected: {outcome: none}}"),
            settings: ["small": ["region": "eu"]]
        )
        #expect(report.problems.isEmpty, "\(report.problems)")
        #expect(report.tests.map(\.name) == ["no region", "2"] && report.tests.map(\.line) == [15, 16])
        #expect(report.tests.allSatisfy { $0.hasPassed && $0.profile == "small" })
    }
}
