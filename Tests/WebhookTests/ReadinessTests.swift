import Testing
import Webhook

@Suite("Readiness", .timeLimit(.minutes(1)))
struct ReadinessTests {
    @Test("lists the checks that there are, and passes once they all have")
    func checks() {
        let readiness = Readiness(failing: [.certificate: "none yet", .serviceAccounts: "not read"])
        #expect(
            readiness.report == """
                [-]certificate failed: none yet
                [-]service-accounts failed: not read
                [+]shutdown ok
                readyz check failed

                """
        )
        readiness.explain(.serviceAccounts, "no route to host")
        #expect(readiness.report.contains("[-]service-accounts failed: no route to host\n"))
        readiness.pass(.certificate)
        #expect(!readiness.isReady)
        readiness.pass(.serviceAccounts)
        #expect(readiness.isReady)
        readiness.explain(.serviceAccounts, "later")
        #expect(readiness.isReady, "what has passed does not fail by an explanation")
    }

    @Test("shows that a watch is interrupted, and stays ready")
    func note() {
        let readiness = Readiness(failing: [.serviceAccounts: "not read"])
        readiness.pass(.serviceAccounts)
        readiness.note(.serviceAccounts, Readiness.Note(since: .now - .seconds(40), "the watch is interrupted: EOF"))
        #expect(readiness.isReady)
        #expect(readiness.report.contains("[+]service-accounts ok, but for 40 s the watch is interrupted: EOF\n"))
        readiness.note(.serviceAccounts, nil)
        #expect(readiness.report.contains("[+]service-accounts ok\n"))
    }
}
