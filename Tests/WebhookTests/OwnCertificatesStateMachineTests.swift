import Testing

@testable import Webhook

@Suite(.timeLimit(.minutes(1)))
struct OwnCertificatesStateMachineTests {
    typealias Machine = OwnCertificatesStateMachine
    typealias Certificate = Machine.Certificate

    private static let day: Int64 = 86_400
    private static let policy = Machine.Policy(
        authorityLifetime: 3650 * day,
        certificateLifetime: 90 * day,
        settlingTime: 60
    )
    private static let now: Int64 = 1_767_225_600
    private static let authority = certificate("A", age: 10, of: 3650)
    private static let next = certificate("B", age: 0, of: 3650)
    private static let leaf = certificate("a", issuer: "A", age: 10, of: 90)
    private static let nextLeaf = certificate("b", issuer: "B", age: 0, of: 90)

    /// - Parameter age: In days, as `lifetime`.
    private static func certificate(
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

    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        var secret: Machine.Secret?
        var registration = Machine.Registration(bundles: [["A"]])
        var serving: Certificate? = leaf
        /// How long the registration has been as it is, in seconds.
        var age: Int64 = 3600
        let action: Machine.Action?
    }

    private static let complete = Machine.Secret(authorities: [authority], canSign: true, serving: leaf)
    private static let exchange = Machine.Secret(authorities: [next, authority], canSign: true, serving: leaf)
    private static let exchanged = Machine.Secret(authorities: [next, authority], canSign: true, serving: nextLeaf)
    private static let both = Machine.Registration(bundles: [["A", "B"]])

    private static let cases: [Case] = [
        Case(testDescription: "All is well", secret: complete, action: nil),
        Case(
            testDescription: "Nothing is there: a CA and a certificate",
            secret: nil,
            registration: Machine.Registration(),
            serving: nil,
            action: .writeSecret(.init(makesAuthority: true, authorities: [], issues: true))
        ),
        Case(
            testDescription: "A new Secret is served before the bundle is written: nobody calls yet",
            secret: complete,
            registration: Machine.Registration(bundles: [[]]),
            serving: nil,
            action: .serve(leaf)
        ),
        Case(
            testDescription: "The bundle is written",
            secret: complete,
            registration: Machine.Registration(bundles: [["A"], []]),
            action: .writeBundles
        ),
        Case(
            testDescription: "A bundle that cannot be read is written",
            secret: complete,
            registration: Machine.Registration(bundles: [nil]),
            action: .writeBundles
        ),
        Case(
            testDescription: "A bundle with a stranger's CA is written",
            secret: complete,
            registration: Machine.Registration(bundles: [["A", "X"]]),
            action: .writeBundles
        ),
        Case(
            testDescription: "Without a registration there is nothing to write",
            secret: complete,
            registration: Machine.Registration(),
            action: nil
        ),
        Case(
            testDescription: "The Secret is gone: what the registration has of us is still trusted",
            secret: nil,
            registration: Machine.Registration(bundles: [["A"]], authorities: [authority]),
            action: .writeSecret(.init(makesAuthority: true, authorities: [authority], issues: true))
        ),
        Case(
            testDescription: "The CA's key is gone: the certificate stays",
            secret: Machine.Secret(authorities: [authority], canSign: false, serving: leaf),
            action: .writeSecret(.init(makesAuthority: true, authorities: [authority], issues: false))
        ),
        Case(
            testDescription: "The certificate is gone: the CA makes another",
            secret: Machine.Secret(authorities: [authority], canSign: true),
            action: .writeSecret(.init(authorities: [authority], issues: true))
        ),
        Case(
            testDescription: "Two thirds of the certificate's life are over",
            secret: Machine.Secret(
                authorities: [authority],
                canSign: true,
                serving: certificate("a", issuer: "A", age: 60, of: 90)
            ),
            action: .writeSecret(.init(authorities: [authority], issues: true))
        ),
        Case(
            testDescription: "The certificate has expired, and nothing has settled",
            secret: Machine.Secret(
                authorities: [authority],
                canSign: true,
                serving: certificate("a", issuer: "A", age: 90, of: 90)
            ),
            registration: Machine.Registration(),
            action: .writeSecret(.init(authorities: [authority], issues: true))
        ),
        Case(
            testDescription: "Two thirds of the CA's life are over",
            secret: Machine.Secret(authorities: [old], canSign: true, serving: leaf),
            action: .writeSecret(.init(makesAuthority: true, authorities: [old], issues: false))
        ),
        Case(
            testDescription: "A new CA enters the bundle",
            secret: exchange,
            action: .writeBundles
        ),
        Case(
            testDescription: "A new CA signs nothing while it is new in the bundle",
            secret: exchange,
            registration: both,
            age: 59,
            action: nil
        ),
        Case(
            testDescription: "A new CA signs once it has settled",
            secret: exchange,
            registration: both,
            age: 60,
            action: .writeSecret(.init(authorities: [next, authority], issues: true))
        ),
        Case(
            testDescription: "A new CA's certificate is not served while the CA is new in the bundle",
            secret: exchanged,
            registration: both,
            age: 59,
            action: nil
        ),
        Case(
            testDescription: "A new CA's certificate is served once the CA has settled",
            secret: exchanged,
            registration: both,
            age: 60,
            action: .serve(nextLeaf)
        ),
        Case(
            testDescription: "A new CA's certificate is served at once if what is served is not trusted",
            secret: exchanged,
            registration: Machine.Registration(bundles: [["B"]]),
            age: 0,
            action: .serve(nextLeaf)
        ),
        Case(
            testDescription: "A new CA that one of the webhooks does not trust has not settled",
            secret: exchanged,
            registration: Machine.Registration(bundles: [["A", "B"], ["A"]]),
            action: .writeBundles
        ),
        Case(
            testDescription: "A new CA's certificate is served at once if nobody calls",
            secret: exchanged,
            registration: Machine.Registration(),
            age: 0,
            action: .serve(nextLeaf)
        ),
        Case(
            testDescription: "A new CA signs at once if nobody calls",
            secret: exchange,
            registration: Machine.Registration(),
            age: 0,
            action: .writeSecret(.init(authorities: [next, authority], issues: true))
        ),
        Case(
            testDescription: "An old CA goes when all that it signed has expired",
            secret: Machine.Secret(authorities: [settled, authority], canSign: true, serving: settledLeaf),
            registration: both,
            serving: settledLeaf,
            action: .writeSecret(.init(authorities: [settled], issues: false))
        ),
        Case(
            testDescription: "An old CA stays while its certificate is served",
            secret: Machine.Secret(authorities: [settled, authority], canSign: true, serving: settledLeaf),
            registration: Machine.Registration(bundles: [["A"]]),
            action: .writeBundles
        ),
    ]

    private static let old = certificate("A", age: 2434, of: 3650)
    private static let settled = certificate("B", age: 90, of: 3650)
    private static let settledLeaf = certificate("b", issuer: "B", age: 10, of: 90)

    @Test(arguments: cases)
    func `What is done first`(_ example: Case) {
        var machine = Machine(Self.policy)
        if let serving = example.serving { machine.served(serving) }
        machine.observe(example.secret, example.registration, at: Self.now - example.age)
        machine.observe(example.secret, example.registration, at: Self.now)
        #expect(machine.decide(example.secret, example.registration, at: Self.now) == example.action)
    }

    @Test func `What the Secret trusted is remembered when Secret and bundle are lost together`() {
        var machine = Machine(Self.policy)
        machine.observe(Self.complete, Machine.Registration(bundles: [["A"]]), at: Self.now)
        machine.served(Self.leaf)
        let wiped = Machine.Registration(bundles: [[]])
        machine.observe(nil, wiped, at: Self.now)
        let plan = Machine.Plan(makesAuthority: true, authorities: [Self.authority], issues: true)
        #expect(machine.decide(nil, wiped, at: Self.now) == .writeSecret(plan))
    }

    @Test func `A CA that leaves the bundle in between settles anew`() {
        var machine = Machine(Self.policy)
        machine.served(Self.leaf)
        machine.observe(Self.exchanged, Self.both, at: Self.now - 100)
        machine.observe(Self.exchanged, Machine.Registration(bundles: [["A"]]), at: Self.now - 50)
        machine.observe(Self.exchanged, Self.both, at: Self.now - 40)
        #expect(machine.decide(Self.exchanged, Self.both, at: Self.now) == nil)
        #expect(machine.decide(Self.exchanged, Self.both, at: Self.now + 20) == .serve(Self.nextLeaf))
    }

    @Test func `Calls are accepted if all bundles trust what is served, and it is valid`() {
        var machine = Machine(Self.policy)
        let trusted = Machine.Registration(bundles: [["A"], ["A", "B"]])
        #expect(!machine.isVerified(by: trusted, at: Self.now))
        machine.served(Self.leaf)
        #expect(machine.isVerified(by: trusted, at: Self.now))
        #expect(!machine.isVerified(by: Machine.Registration(bundles: [["A"], ["B"]]), at: Self.now))
        #expect(!machine.isVerified(by: Machine.Registration(), at: Self.now))
        #expect(!machine.isVerified(by: trusted, at: Self.leaf.notAfter))
        #expect(!machine.isVerified(by: trusted, at: Self.leaf.notBefore - 1))
    }

    @Test func `A Secret that is lost again and again leaves a bundle of limited size`() {
        var machine = Machine(Self.policy)
        let lost = (0..<20).map { Self.certificate("\($0)", age: 0, of: 3650) }
        let registration = Machine.Registration(bundles: [Set(lost.map(\.id))], authorities: lost)
        machine.observe(nil, registration, at: Self.now)
        guard case .writeSecret(let plan) = machine.decide(nil, registration, at: Self.now) else {
            Issue.record("no Secret is written")
            return
        }
        #expect(plan.authorities.count == Machine.maximumAuthorities - 1)
    }
}
