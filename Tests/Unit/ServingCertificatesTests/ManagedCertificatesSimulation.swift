import TestSupport

@testable import NIOOpenSSL
@testable import ServingCertificates

/// Simulates replicas, the API server, and others that change the Secret and the registration, with a simulated clock.
/// A replica reads and writes in separate steps, between which anything may happen.
struct ManagedCertificatesSimulation {
    typealias Machine = ManagedCertificatesStateMachine
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

    /// The next step of a replica.
    enum Step {
        case readRegistration
        case readSecret
        case act
    }

    struct Replica {
        /// The error of its node's clock, in seconds.
        let skew: Int64
        let start: Int64
        var machine = Machine(policy)
        var clock = APIServerClock()
        var step = Step.readRegistration
        var registration = Versioned(value: Machine.Registration())
        var secret = Versioned<Machine.Secret?>(value: nil)
        var isReady = false

        func moment(at now: Int64) -> Machine.Moment { clock.now(uptime: now - start, local: now + skew) }
    }

    /// Events other than the replicas' own actions.
    enum Disturbance: CaseIterable {
        case secretDeleted, secretEmptied, secretRestored, newestKeyLost, signerLost
        case bundlesEmptied, bundleUnreadable, bundleOfStranger, registrationDeleted
        case restart
    }

    private static let start: Int64 = 1_767_225_600

    private(set) var now = start
    private(set) var replicas: [Replica]
    private(set) var problems: [String] = []
    private(set) var authoritiesMade = 0
    private(set) var certificatesMade = 0
    /// How often keys have been lost.
    private(set) var losses = 0
    private(set) var restarts = 0
    private var secret = Versioned<Machine.Secret?>(value: nil)
    /// A backup of the Secret.
    private var backup: Machine.Secret?
    private var registration = Versioned(value: Machine.Registration(bundles: [[]]))
    /// When each CA was added to the bundle that replicas write.
    private var trustedSince: [String: Int64] = [:]
    /// Whether others have removed a CA from the bundle since a replica last wrote it.
    private var isOverwritten = true
    /// When that was repaired. API servers may take the settling time from then on to use the bundle.
    private var repair: Int64 = 0
    private var isReachable = true
    private let disturbances: [Disturbance]
    private let tellsTime: Bool
    private var random: SeededGenerator

    /// - Parameters:
    ///   - skews: The error of each replica's clock, in seconds.
    ///   - tellsTime: Whether the API server's responses have a `Date`.
    init(seed: UInt64, skews: [Int64], tellsTime: Bool, disturbances: [Disturbance]) {
        random = SeededGenerator(seed: seed)
        replicas = skews.map { Replica(skew: $0, start: Self.start) }
        self.tellsTime = tellsTime
        self.disturbances = disturbances
    }

    private mutating func happens(oneIn count: Int) -> Bool { Int.random(in: 0..<count, using: &random) == 0 }

    /// - Parameter end: The end in seconds from the current time.
    mutating func run(until end: Int64) {
        let end = now + end
        while now < end, problems.count < 5 {
            // Mostly as active as after an event; occasionally days pass without a change.
            if happens(oneIn: 12) {
                for _ in 0..<12 { for index in replicas.indices { step(index, fails: false) } }
                isReachable = !happens(oneIn: 10)
                now += Int64.random(in: 1...432_000, using: &random)
                if !isReachable { check() }
                isReachable = true
            } else {
                now += Int64.random(in: 0...2, using: &random)
            }
            if !disturbances.isEmpty, happens(oneIn: 60) { disturb() }
            let fails = happens(oneIn: 10)
            step(Int.random(in: replicas.indices, using: &random), fails: fails)
            check()
        }
    }

    // MARK: Replicas

    private mutating func step(_ index: Int, fails: Bool) {
        var replica = replicas[index]
        switch replica.step {
        case .readRegistration where !fails:
            replica.registration = registration
            replica.step = .readSecret
        case .readSecret where !fails:
            replica.secret = secret
            replica.step = .act
            if tellsTime { replica.clock.synchronize(to: now, uptime: now - replica.start) }
            let moment = replica.moment(at: now)
            replica.machine.observe(secret.value, replica.registration.value, at: moment)
        case .act:
            replica.step = .readRegistration
            let moment = replica.moment(at: now)
            if let action = replica.machine.decide(replica.secret.value, replica.registration.value, at: moment) {
                perform(action, by: &replica, fails: fails)
            }
            if replica.machine.isVerified(by: replica.registration.value, at: moment) { replica.isReady = true }
        default: replica.step = .readRegistration
        }
        replicas[index] = replica
    }

    /// - Parameter fails: Whether the response is lost. Half of these requests still take effect.
    private mutating func perform(_ action: Machine.Action, by replica: inout Replica, fails: Bool) {
        if case .serve(let issuer) = action {
            if replica.secret.value?.signer != issuer { problems.append("\(now): \(issuer.id) signs without its key") }
            certificatesMade += 1
            let name = "certificate \(certificatesMade)"
            let made = make(name, issuer, by: replica, lifetime: Self.policy.certificateLifetime)
            replica.machine.served(made, by: issuer)
            return
        }
        if fails, happens(oneIn: 2) { return }
        switch action {
        case .writeSecret(let plan) where secret.version == replica.secret.version:
            secret.value = content(plan, replica)
            secret.version += 1
            if happens(oneIn: 10) { backup = secret.value }
        case .writeBundles(let authorities) where registration.version == replica.registration.version:
            checkBundle(of: authorities)
            registration.value.bundles = registration.value.bundles.map { _ in Set(authorities.map(\.id)) }
            registration.value.authorities = authorities
            registration.version += 1
            if isOverwritten { repair = now }
            isOverwritten = false
            trustedSince = trustedSince.filter { id, _ in authorities.contains { $0.id == id } }
            for authority in authorities where trustedSince[authority.id] == nil { trustedSince[authority.id] = now }
        default: break
        }
    }

    private mutating func content(_ plan: Machine.Plan, _ replica: Replica) -> Machine.Secret {
        var next = Machine.Secret(
            authorities: plan.authorities,
            hasNewestKey: true,
            signer: replica.secret.value?.signer
        )
        if plan.makesAuthority {
            authoritiesMade += 1
            let made = make("CA \(authoritiesMade)", nil, by: replica, lifetime: Self.policy.authorityLifetime)
            next.authorities.insert(made, at: 0)
        }
        if plan.newestSigns { next.signer = next.authorities.first }
        if let signer = next.signer, !next.authorities.contains(signer) { next.signer = nil }
        return next
    }

    private func make(_ id: String, _ issuer: Certificate?, by replica: Replica, lifetime: Int64) -> Certificate {
        let time = replica.moment(at: now).time
        return Certificate(
            id: id,
            issuer: issuer?.id ?? id,
            notBefore: time - Certificate.skew,
            notAfter: min(time + lifetime, issuer?.notAfter ?? .max)
        )
    }

    // MARK: Others

    private mutating func disturb() {
        switch disturbances.randomElement(using: &random) {
        case .secretDeleted: lose { $0 = nil }
        case .secretEmptied: lose { $0 = Machine.Secret() }
        case .secretRestored: if let backup { lose { $0 = backup } }
        case .newestKeyLost: lose { $0?.hasNewestKey = false }
        case .signerLost: lose { $0?.signer = nil }
        case .bundlesEmptied: overwrite(Machine.Registration(bundles: [[], []]))
        case .bundleUnreadable: overwrite(Machine.Registration(bundles: [nil]))
        case .bundleOfStranger: overwrite(Machine.Registration(bundles: [["stranger"]]))
        case .registrationDeleted: overwrite(Machine.Registration())
        case .restart, nil:
            restarts += 1
            let index = Int.random(in: replicas.indices, using: &random)
            replicas[index] = Replica(skew: replicas[index].skew, start: now)
        }
        // A deleted registration is soon created again.
        if registration.value.bundles.isEmpty, happens(oneIn: 2) { overwrite(Machine.Registration(bundles: [[]])) }
    }

    private mutating func lose(_ change: (inout Machine.Secret?) -> Void) {
        losses += 1
        change(&secret.value)
        secret.version += 1
    }

    private mutating func overwrite(_ value: Machine.Registration) {
        registration.value = value
        registration.version += 1
        isOverwritten = true
    }

    // MARK: Invariants

    /// Checks that every call succeeds on every API server, however late it learns of a bundle, for replicas whose
    /// clock is right or that get the time from the API server.
    private mutating func check() {
        for (index, replica) in replicas.enumerated() where replica.isReady && (tellsTime || replica.skew == 0) {
            guard let serving = replica.machine.serving else { continue }
            let moment = Machine.Moment(time: now, uptime: 0)
            if !serving.isValid(at: moment) { problems.append("\(now): \(index) serves \(serving), which has expired") }
            if isOverwritten { continue }
            guard let authority = registration.value.authorities.first(where: { $0.id == serving.issuer }),
                registration.value.trusts(serving.issuer)
            else {
                problems.append("\(now): \(index) serves \(serving.id) of \(serving.issuer), which is not trusted")
                continue
            }
            if !authority.isValid(at: moment) { problems.append("\(now): \(index) serves under \(authority)") }
            let age = trustedSince[authority.id].map { now - $0 } ?? 0
            if age < Self.policy.settlingTime, now - repair >= Self.policy.settlingTime {
                problems.append("\(now): \(index) serves under \(authority.id), trusted for \(age) s")
            }
        }
    }

    /// Checks that no replica removes what another one has written to the Secret.
    private mutating func checkBundle(of authorities: [Certificate]) {
        for authority in secret.value?.authorities ?? []
        where registration.value.trusts(authority.id) && !authorities.contains(authority) {
            problems.append("\(now): \(authority.id) is taken out of the bundle, and is in the Secret")
        }
    }
}
