import Testing

@testable import pod_identity_webhook

@Suite(.timeLimit(.minutes(5)))
struct SleepTests {
    @Test(arguments: [
        ("sleep", true), ("/usr/bin/sleep", true), ("/usr/bin/sleeper", false), ("pod-identity-webhook", false),
        ("/sleep/webhook", false), ("", false), (nil, false),
    ])
    func `The program acts as sleep only under that name`(name: String?, isSleep: Bool) {
        #expect(Sleep.isName(of: name) == isSleep)
    }

    @Test(arguments: [
        ("5", 5), ("0", 0), ("0.5", 0.5), ("86400", 86400), ("86401", nil), ("-1", nil), ("nan", nil), ("inf", nil),
        ("5s", nil), ("", nil), (nil, nil),
    ])
    func `The argument is a number of seconds, at most a day`(argument: String?, seconds: Double?) {
        #expect(Sleep.seconds(argument) == seconds)
    }
}
