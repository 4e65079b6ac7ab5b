import ServiceSupport
import Testing

@Suite("Readiness", .timeLimit(.minutes(5)))
struct ReadinessTests {
    @Test("lists all checks, and passes once they all do")
    func checks() {
        let readiness = Readiness()
        readiness.fail(.certificate, "none yet")
        readiness.fail(.serviceAccounts, "not read")
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
        #expect(readiness.isReady, "an explanation does not make a passed part fail")
    }

    @Test("waits for all parts of a check, and reports what is wrong with each")
    func parts() {
        let readiness = Readiness()
        for part in ["a", "b"] { readiness.fail(.configMap, part: part, "\(part) has not been read yet") }
        readiness.explain(.configMap, part: "b", "b is forbidden")
        #expect(readiness.report.contains("[-]config-map failed: a has not been read yet; b is forbidden\n"))
        readiness.pass(.configMap, part: "a")
        #expect(!readiness.isReady && readiness.report.contains("[-]config-map failed: b is forbidden\n"))
        readiness.pass(.configMap, part: "b")
        #expect(readiness.isReady && readiness.report.contains("[+]config-map ok\n"))
    }

    @Test("shows that a watch is interrupted, but stays ready")
    func note() {
        let readiness = Readiness()
        readiness.fail(.serviceAccounts, "not read")
        readiness.pass(.serviceAccounts)
        readiness.note(.serviceAccounts, Readiness.Note(since: .now - .seconds(40), "the watch is interrupted: EOF"))
        #expect(readiness.isReady)
        #expect(readiness.report.contains("[+]service-accounts ok, but for 40 s the watch is interrupted: EOF\n"))
        readiness.note(.serviceAccounts, nil)
        #expect(readiness.report.contains("[+]service-accounts ok\n"))
    }
}

extension Readiness.Check {
    fileprivate static let certificate = Readiness.Check("certificate")
    fileprivate static let configMap = Readiness.Check("config-map")
    fileprivate static let serviceAccounts = Readiness.Check("service-accounts")
}
