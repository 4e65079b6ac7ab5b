import TestSupport

@testable import Webhook

/// Two replicas, the API server, and whoever else has a hand in the Secret and the registration, on a clock of its own.
/// A replica reads and writes in steps of its own, in between which anything may happen.
struct OwnCertificatesSimulation {
    typealias Machine = OwnCertificatesStateMachine
    typealias Certificate = Machine.Certificate

    static let policy = Machine.Policy(
        authorityLifetime: 3650 * 86_400,
        certificateLifetime: 90 * 86_400,
        settlingTime: 60
    )

    struct Versioned<Value> {
        var value: Value
        var version = 0
    }

    /// What a replica does next.
    enum Step {
        case readRegistration
        case readSecret
        case act
    }

    struct Replica {
        var machine = Machine(policy)
        var step = Step.readRegistration
        var registration = Versioned(value: Machine.Registration())
        var secret = Versioned<Machine.Secret?>(value: nil)
        var isReady = false
    }

    private(set) var now: Int64 = 1_767_225_600
    private(set) var replicas = [Replica(), Replica()]
    private(set) var problems: [String] = []
    private(set) var authoritiesMade = 0
    private(set) var certificatesMade = 0
    private(set) var disturbances = 0
    private var secret = Versioned<Machine.Secret?>(value: nil)
    private var registration = Versioned(value: Machine.Registration(bundles: [[]]))
    /// Since when the bundles that replicas write hold a CA.
    private var trustedSince: [String: Int64] = [:]
    /// Whether others have taken a CA out of the bundle since a replica last wrote it.
    private var isOverwritten = true
    private var random: SeededGenerator

    init(seed: UInt64) { random = SeededGenerator(seed: seed) }

    private mutating func happens(oneIn count: Int) -> Bool { Int.random(in: 0..<count, using: &random) == 0 }

    /// - Parameter end: Seconds after the start.
    mutating func run(until end: Int64) {
        let end = now + end
        while now < end, problems.count < 5 {
            // Mostly as lively as after an event; else days pass in which nothing changes by itself.
            if happens(oneIn: 12) {
                for _ in 0..<12 { for index in replicas.indices { step(index, fails: false) } }
                now += Int64.random(in: 1...432_000, using: &random)
            } else {
                now += Int64.random(in: 0...2, using: &random)
            }
            if happens(oneIn: 60) { disturb() }
            let fails = happens(oneIn: 10)
            step(Int.random(in: replicas.indices, using: &random), fails: fails)
            check()
        }
    }

    // MARK: What replicas do

    private mutating func step(_ index: Int, fails: Bool) {
        var replica = replicas[index]
        switch replica.step {
        case .readRegistration where !fails:
            replica.registration = registration
            replica.step = .readSecret
        case .readSecret where !fails:
            replica.secret = secret
            replica.step = .act
            replica.machine.observe(secret.value, replica.registration.value, at: now)
        case .act:
            replica.step = .readRegistration
            if let action = replica.machine.decide(replica.secret.value, replica.registration.value, at: now) {
                perform(action, by: &replica, fails: fails)
            }
            if replica.machine.isVerified(by: replica.registration.value, at: now) { replica.isReady = true }
        default: replica.step = .readRegistration
        }
        replicas[index] = replica
    }

    /// - Parameter fails: Whether the answer is lost; half of the requests have their effect all the same.
    private mutating func perform(_ action: Machine.Action, by replica: inout Replica, fails: Bool) {
        if case .serve(let certificate) = action {
            checkExchange(by: replica, for: certificate)
            replica.machine.served(certificate)
            return
        }
        if fails, happens(oneIn: 2) { return }
        switch action {
        case .writeSecret(let plan) where secret.version == replica.secret.version:
            secret.value = content(plan, replica.secret.value)
            secret.version += 1
        case .writeBundles where registration.version == replica.registration.version:
            let authorities = replica.secret.value?.authorities ?? []
            checkBundle(of: authorities)
            registration.value.bundles = registration.value.bundles.map { _ in Set(authorities.map(\.id)) }
            registration.value.authorities = authorities
            registration.version += 1
            isOverwritten = false
            trustedSince = trustedSince.filter { id, _ in authorities.contains { $0.id == id } }
            for authority in authorities where trustedSince[authority.id] == nil { trustedSince[authority.id] = now }
        default: break
        }
    }

    private mutating func content(_ plan: Machine.Plan, _ before: Machine.Secret?) -> Machine.Secret {
        var next = Machine.Secret(authorities: plan.authorities, canSign: true, serving: before?.serving)
        if plan.makesAuthority {
            authoritiesMade += 1
            next.authorities.insert(make("CA \(authoritiesMade)", nil, lifetime: Self.policy.authorityLifetime), at: 0)
        }
        if plan.issues {
            certificatesMade += 1
            let name = "certificate \(certificatesMade)"
            next.serving = make(name, next.authorities[0], lifetime: Self.policy.certificateLifetime)
        }
        return next
    }

    private func make(_ id: String, _ issuer: Certificate?, lifetime: Int64) -> Certificate {
        Certificate(
            id: id,
            issuer: issuer?.id ?? id,
            notBefore: now - Certificate.skew,
            notAfter: min(now + lifetime, issuer?.notAfter ?? .max)
        )
    }

    // MARK: What others do

    private mutating func disturb() {
        disturbances += 1
        switch Int.random(in: 0..<9, using: &random) {
        case 0: secret.value = nil
        case 1: secret.value?.serving = nil
        case 2: secret.value?.canSign = false
        case 3: secret.value = Machine.Secret()
        case 4: overwrite(Machine.Registration(bundles: [[], []]))
        case 5: overwrite(Machine.Registration(bundles: [nil]))
        case 6: overwrite(Machine.Registration(bundles: [["stranger"]]))
        case 7: overwrite(Machine.Registration())
        default: replicas[Int.random(in: replicas.indices, using: &random)] = Replica()
        }
        secret.version += 1
        // A registration that was deleted is made again before long.
        if registration.value.bundles.isEmpty, happens(oneIn: 2) { overwrite(Machine.Registration(bundles: [[]])) }
    }

    private mutating func overwrite(_ value: Machine.Registration) {
        registration.value = value
        registration.version += 1
        isOverwritten = true
    }

    // MARK: What must hold

    private mutating func check() {
        for (index, replica) in replicas.enumerated() where replica.isReady {
            guard let serving = replica.machine.serving else { continue }
            if !serving.isValid(at: now) {
                problems.append("\(now): replica \(index) serves the expired \(serving.id)")
            }
            if !isOverwritten, !registration.value.trusts(serving.issuer) {
                problems.append(
                    "\(now): replica \(index) serves \(serving.id) of \(serving.issuer), which is not trusted"
                )
            }
        }
    }

    /// No replica takes back what another has written of the Secret.
    private mutating func checkBundle(of authorities: [Certificate]) {
        for authority in secret.value?.authorities ?? []
        where registration.value.trusts(authority.id) && !authorities.contains(authority) {
            problems.append("\(now): \(authority.id) is taken out of the bundle, and is in the Secret")
        }
    }

    /// Calls that succeeded before go on doing so on every API server, however late it hears of a bundle.
    private mutating func checkExchange(by replica: Replica, for certificate: Certificate) {
        guard replica.isReady, let before = replica.machine.serving, before.isValid(at: now) else { return }
        // What others overwrote is no more trusted, and there is nothing to lose.
        guard !isOverwritten, replica.registration.value.trusts(before.issuer) else { return }
        guard certificate.issuer != before.issuer else { return }
        let age = trustedSince[certificate.issuer].map { now - $0 } ?? 0
        if age < Self.policy.settlingTime {
            problems.append("\(now): \(certificate.id) is served \(age) seconds after its CA entered the bundle")
        }
    }
}
