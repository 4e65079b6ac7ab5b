import Testing

@testable import NIOOpenSSL
@testable import ServingCertificates

@Suite(.timeLimit(.minutes(5)))
struct ManagedCertificatesStateMachineTests {
    typealias Machine = ManagedCertificatesStateMachine
    typealias Certificate = Machine.Certificate

    static let day: Int64 = 86_400
    static let policy = Machine.Policy(
        authorityLifetime: 3650 * day,
        certificateLifetime: 90 * day,
        settlingTime: 60
    )
    static let now: Int64 = 1_767_225_600
    static let authority = certificate("A", age: 10, of: 3650)
    static let next = certificate("B", age: 0, of: 3650)
    static let leaf = certificate("a", issuer: "A", age: 10, of: 90)
    static let nextLeaf = certificate("b", issuer: "B", age: 0, of: 90)

    /// - Parameter age: The age in days, as is `lifetime`.
    static func certificate(
        _ id: String,
        issuer: String? = nil,
        age: Int64,
        of lifetime: Int64
    ) -> Certificate {
        let creation = now - age * day
        return Certificate(
            id: id,
            issuer: issuer ?? id,
            notBefore: creation - Certificate.skew,
            notAfter: creation + lifetime * day
        )
    }

    static let complete = Machine.Secret(authorities: [authority], hasNewestKey: true, signer: authority)
    /// A new CA that has not settled yet.
    static let exchange = Machine.Secret(authorities: [next, authority], hasNewestKey: true, signer: authority)
    static let exchanged = Machine.Secret(authorities: [next, authority], hasNewestKey: true, signer: next)
    static let both = Machine.Registration(bundles: [["A", "B"]], authorities: [next, authority])

    static let old = certificate("A", age: 2434, of: 3650)
    static let ending = certificate("A", age: 3646, of: 3650)
    static let tomorrow = certificate("T", age: -1, of: 3650)
    static let settled = certificate("B", age: 91, of: 3650)
    static let settledLeaf = certificate("b", issuer: "B", age: 10, of: 90)

    /// The time in a process that started an hour ago.
    private static func moment(_ offset: Int64 = 0) -> Machine.Moment {
        Machine.Moment(time: now + offset, uptime: 3600 + offset)
    }

    @Test(arguments: cases)
    func `The next action depends on the Secret, the bundles and the serving certificate`(_ example: Case) throws {
        var machine = Machine(Self.policy)
        if let serving = example.serving {
            let known = (example.secret?.authorities ?? []) + example.registration.authorities
            let issuer = (known + [Self.authority, Self.next]).first { $0.id == serving.issuer }
            machine.served(serving, by: try #require(issuer))
        }
        machine.observe(example.secret, example.registration, at: Self.moment(-example.age))
        machine.observe(example.secret, example.registration, at: Self.moment())
        #expect(machine.decide(example.secret, example.registration, at: Self.moment()) == example.action)
    }

    @Test func `The serving certificate's CA stays trusted if the Secret and the bundle are lost together`() {
        var machine = Machine(Self.policy)
        machine.served(Self.leaf, by: Self.authority)
        let wiped = Machine.Registration(bundles: [[]])
        machine.observe(nil, wiped, at: Self.moment())
        let plan = Machine.Plan(makesAuthority: true, authorities: [Self.authority], newestSigns: false)
        #expect(machine.decide(nil, wiped, at: Self.moment()) == .writeSecret(plan))
    }

    @Test func `A CA that was temporarily missing from the bundle has to settle again`() {
        var machine = Machine(Self.policy)
        machine.served(Self.leaf, by: Self.authority)
        machine.observe(Self.exchanged, Self.both, at: Self.moment(-100))
        machine.observe(Self.exchanged, Machine.Registration(bundles: [["A"]]), at: Self.moment(-50))
        machine.observe(Self.exchanged, Self.both, at: Self.moment(-40))
        #expect(machine.decide(Self.exchanged, Self.both, at: Self.moment()) == nil)
        #expect(machine.decide(Self.exchanged, Self.both, at: Self.moment(20)) == .serve(issuer: Self.next))
    }

    @Test func `A clock jump does not make a CA settle sooner`() {
        var machine = Machine(Self.policy)
        machine.served(Self.leaf, by: Self.authority)
        machine.observe(Self.exchanged, Self.both, at: Self.moment())
        let moment = Machine.Moment(time: Self.now + Self.day, uptime: 3659)
        #expect(machine.decide(Self.exchanged, Self.both, at: moment) == nil)
    }

    @Test func `The serving certificate is verified only if it is valid and all bundles trust it`() {
        var machine = Machine(Self.policy)
        let trusted = Machine.Registration(bundles: [["A"], ["A", "B"]])
        #expect(!machine.isVerified(by: trusted, at: Self.moment()))
        machine.served(Self.leaf, by: Self.authority)
        #expect(machine.isVerified(by: trusted, at: Self.moment()))
        #expect(!machine.isVerified(by: Machine.Registration(bundles: [["A"], ["B"]]), at: Self.moment()))
        #expect(!machine.isVerified(by: Machine.Registration(), at: Self.moment()))
        #expect(!machine.isVerified(by: trusted, at: .init(time: Self.leaf.notAfter, uptime: 0)))
        #expect(!machine.isVerified(by: trusted, at: .init(time: Self.leaf.notBefore - 1, uptime: 0)))
    }

    @Test func `Repeated loss of the Secret leaves a bundle of limited size with the serving certificate's CA`() {
        var machine = Machine(Self.policy)
        let lost = (0..<20).map { Self.certificate("\($0)", age: 0, of: 3650) } + [Self.authority]
        let registration = Machine.Registration(bundles: [Set(lost.map(\.id))], authorities: lost)
        machine.served(Self.leaf, by: Self.authority)
        machine.observe(nil, registration, at: Self.moment())
        guard case .writeSecret(let plan) = machine.decide(nil, registration, at: Self.moment()) else {
            Issue.record("no Secret is written")
            return
        }
        #expect(plan.authorities.count == Machine.maximumAuthorities - 1)
        #expect(plan.authorities.contains(Self.authority))
    }
}
