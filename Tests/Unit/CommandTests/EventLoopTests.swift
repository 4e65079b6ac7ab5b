import Testing

@testable import pod_identity_webhook

@Suite("The number of event loops", .timeLimit(.minutes(5)))
struct EventLoopTests {
    @Test(
        "is at most the number of cores that the process may use",
        arguments: [
            ("Cpus_allowed:\t3\nCpus_allowed_list:\t0-1\n", 2), ("Name:\tx\nCpus_allowed:\t8\n", 1),
            ("Cpus_allowed:\tff,ffffffff\n", 40), ("Cpus_allowed:\t00000000,00000001\n", 1),
            ("Cpus_allowed:\t0\n", nil), ("Cpus_allowed_list:\t0-1\n", nil), ("", nil),
        ]
    )
    func bound(status: String, count: Int?) {
        #expect(UsableCores.affinity(in: status) == count)
    }

    @Test("is at least one")
    func count() {
        #expect(UsableCores.count >= 1)
    }
}
