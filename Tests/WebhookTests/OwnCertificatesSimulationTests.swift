import Testing

@Suite(.timeLimit(.minutes(2)))
struct OwnCertificatesSimulationTests {
    private static let year: Int64 = 365 * 86_400

    @Test(arguments: UInt64(1)...8)
    func `For 30 years, whatever others do, what two replicas serve is valid and trusted`(seed: UInt64) {
        var simulation = OwnCertificatesSimulation(seed: seed)
        simulation.run(until: 30 * Self.year)
        #expect(simulation.problems == [])
        #expect(simulation.disturbances > 100)
        // Every 6 years and 8 months a CA, every 60 days a certificate.
        #expect(simulation.authoritiesMade > 4)
        #expect(simulation.certificatesMade > 150)
    }
}
