import Testing

@Suite(.timeLimit(.minutes(5)))
struct ManagedCertificatesSimulationTests {
    private static let hour: Int64 = 3600
    private static let day: Int64 = 86_400
    private static let year: Int64 = 365 * day
    /// A CA is renewed every 6 years and 8 months.
    private static let renewals = 5

    /// All except for the restore of an older Secret, which causes its own problems.
    private static let most = ManagedCertificatesSimulation.Disturbance.allCases.filter { $0 != .secretRestored }

    private func check(_ simulation: ManagedCertificatesSimulation) {
        #expect(simulation.problems == [])
        #expect(simulation.authoritiesMade > 4)
        // A certificate is renewed every 60 days.
        #expect(simulation.certificatesMade > 150 * simulation.replicas.count)
    }

    @Test(arguments: UInt64(1)...8)
    func `Serving certificates stay valid and trusted for 30 years, despite disturbances`(seed: UInt64) {
        var simulation = ManagedCertificatesSimulation(
            seed: seed,
            skews: [0, 0, 0],
            tellsTime: true,
            disturbances: Self.most
        )
        simulation.run(until: 30 * Self.year)
        check(simulation)
        #expect(simulation.losses > 100)
        #expect(simulation.authoritiesMade <= simulation.losses + Self.renewals)
    }

    @Test(arguments: UInt64(1)...4)
    func `Serving certificates stay valid and trusted for 30 years, even if older Secrets are restored`(seed: UInt64) {
        var simulation = ManagedCertificatesSimulation(
            seed: seed,
            skews: [0, 0, 0],
            tellsTime: true,
            disturbances: [.secretRestored, .signerLost]
        )
        simulation.run(until: 30 * Self.year)
        check(simulation)
        #expect(simulation.losses > 100)
    }

    @Test(arguments: [
        [0, 2 * hour], [0, -2 * hour], [3 * day, 0, -day], [0, 5 * year], [0, 7 * year], [0, 20 * year],
        [-20 * year, 0],
    ])
    func `Clocks that differ, even by years, do not cause additional CAs`(skews: [Int64]) {
        var simulation = ManagedCertificatesSimulation(seed: 1, skews: skews, tellsTime: true, disturbances: [.restart])
        simulation.run(until: 30 * Self.year)
        check(simulation)
        #expect(simulation.restarts > 100)
        #expect(simulation.authoritiesMade <= Self.renewals)
    }

    @Test(arguments: [
        [0, 2 * hour], [0, -2 * hour], [0, 3 * day], [-3 * day, 0], [3 * day, 0, -day], [0, 0, 30 * day],
        [-30 * day, 0],
    ])
    func `Clocks that are days off do no harm even without the API server's time`(skews: [Int64]) {
        var simulation = ManagedCertificatesSimulation(
            seed: 1,
            skews: skews,
            tellsTime: false,
            disturbances: [.restart]
        )
        simulation.run(until: 30 * Self.year)
        check(simulation)
        #expect(simulation.restarts > 100)
        #expect(simulation.authoritiesMade <= 2 * Self.renewals)
    }

    @Test(arguments: [[0, 3 * day], [-3 * day, 0], [3 * day, 0, -day]], UInt64(1)...3)
    func `Clocks that are days off do no harm even without the API server's time and with disturbances`(
        skews: [Int64],
        seed: UInt64
    ) {
        var simulation = ManagedCertificatesSimulation(
            seed: seed,
            skews: skews,
            tellsTime: false,
            disturbances: Self.most
        )
        simulation.run(until: 30 * Self.year)
        check(simulation)
        #expect(simulation.authoritiesMade <= simulation.losses + 2 * Self.renewals)
    }
}
