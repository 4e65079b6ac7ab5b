internal import Glibc
internal import Kubernetes
internal import Logging
internal import NIOOpenSSL
internal import ServiceSupport

/// Carries out what `OwnCertificatesStateMachine` decides, one thing after the other, each on what was just read. The keys
/// of CAs are kept no longer than that takes.
struct OwnCertificatesReconciler {
    /// How often everything is read without a reason.
    private static let period = Duration.seconds(60)
    /// Actions one after the other before others get a turn; a start from nothing takes three.
    private static let maximumActions = 8

    private let configuration: OwnCertificates.Configuration
    private let objects: OwnCertificatesObjects
    private let certificate: ServingCertificate
    private let metrics: CertificateMetrics
    private let log: OwnCertificatesLog

    private var machine: OwnCertificatesStateMachine
    private var readiness: OwnCertificatesReadiness
    /// As last read.
    private var secret: OwnCertificatesStateMachine.Secret?
    private var registration = OwnCertificatesStateMachine.Registration()
    /// The CAs that were last read, and that of what is served, by fingerprint.
    private var authorities: [String: Certificate] = [:]
    /// What is served.
    private var identity: CertificateAuthority.Identity?
    /// Whose certificates callers may show; the content that is in use.
    private let callersCA: WatchedFiles
    private var callersCAInUse: [FileFingerprint?] = []

    private let start = ContinuousClock.now
    private var clock = APIServerClock()
    private var clockProblem: OwnCertificatesLog.ClockProblem?
    private var problems = OwnCertificatesProblems()
    private var backoff = Backoff(initial: .milliseconds(200), maximum: .seconds(30))
    /// Nothing is done before.
    private var pausedUntil = ContinuousClock.now
    private var nextCheck = ContinuousClock.now

    init(
        _ configuration: OwnCertificates.Configuration,
        objects: OwnCertificatesObjects,
        certificate: ServingCertificate,
        readiness: Readiness,
        metrics: CertificateMetrics,
        logger: Logger
    ) {
        self.configuration = configuration
        self.objects = objects
        self.certificate = certificate
        self.metrics = metrics
        log = OwnCertificatesLog(configuration, logger)
        machine = OwnCertificatesStateMachine(configuration.policy)
        self.readiness = OwnCertificatesReadiness(configuration, readiness)
        callersCA = WatchedFiles(paths: [configuration.parameters.clientCAPath].compactMap { $0 })
    }

    private var uptime: Int64 { (ContinuousClock.now - start).components.seconds }
    private var localTime: Int64 { Int64(time(nil)) }
    private var now: OwnCertificatesStateMachine.Moment { clock.now(uptime: uptime, local: localTime) }

    /// Something may have changed, or a second has passed.
    mutating func wake(_ wakeups: Wakeups) async {
        readiness.check(machine, registration, at: now)
        guard ContinuousClock.now >= pausedUntil else { return }
        let isDue =
            machine.decide(secret, registration, at: now) != nil
            || (identity != nil && callersCA.fingerprints != callersCAInUse)
        guard wakeups.takeChange() || isDue || ContinuousClock.now >= nextCheck else { return }
        do {
            try await reconcile()
            backoff.reset()
            problems.succeeded()
        } catch {
            guard !Task.isCancelled else { return }
            failed(error)
            wakeups.changed()
        }
        readiness.check(machine, registration, at: now)
    }

    private mutating func failed(_ error: any Error) {
        var random = SystemRandomNumberGenerator()
        pausedUntil = .now + backoff.next(atLeast: .zero, using: &random)
        readiness.explain("\(error)")
        if let line = problems.failed(error, at: .now) { log.problem(line, error) }
    }

    private mutating func reconcile() async throws {
        let (metrics, objects) = (metrics, objects)
        for _ in 0..<Self.maximumActions {
            let reading = try await metrics.count(.read) { try await objects.read() }
            take(reading)
            if let action = machine.decide(secret, registration, at: now) {
                try await perform(action, reading)
            } else {
                if let identity, callersCA.fingerprints != callersCAInUse { try serve(identity) }
                return
            }
        }
        throw OwnCertificatesError.contended
    }

    private mutating func take(_ reading: OwnCertificatesObjects.Reading) {
        nextCheck = .now + Self.period
        clock.hear(reading.time, uptime: uptime)
        checkClock(reading)
        secret = reading.secret?.state
        registration = reading.registration.state
        readiness.read(reading.registration, reading.secret)
        machine.observe(secret, registration, at: now)
        authorities = authorities.filter { $0.key == machine.serving?.issuer }
        for authority in reading.registration.ownAuthorities + (reading.secret?.authorities ?? []) {
            authorities[authority.fingerprint] = authority
        }
        metrics.setAuthorityExpiration(reading.secret?.authorities.first?.info.notAfter)
    }

    /// Says each problem once, and again when there was another or none in between.
    private mutating func checkClock(_ reading: OwnCertificatesObjects.Reading) {
        let difference = localTime - now.time
        var problem: OwnCertificatesLog.ClockProblem?
        if let newest = reading.secret?.authorities.first, newest.info.notBefore > now.time {
            problem = .authorityFromFuture
        } else if reading.time == nil {
            problem = .unknownTime
        } else if abs(difference) > APIServerClock.tolerance {
            problem = .nodeDiffers
        }
        if let problem, problem != clockProblem { log.clock(problem, difference: difference) }
        clockProblem = problem
    }

    private mutating func perform(
        _ action: OwnCertificatesStateMachine.Action,
        _ reading: OwnCertificatesObjects.Reading
    ) async throws {
        let (metrics, objects) = (metrics, objects)
        let maker = CertificateMaker(configuration, now: now.time)
        switch action {
        case .serve(let issuer):
            guard let signer = reading.secret?.signer else { return }
            let made = try maker.issue(by: signer)
            try serve(made)
            machine.served(made.certificate.asLeaf(of: issuer.id), by: issuer)
        case .writeBundles(let wanted):
            let bundle = wanted.compactMap { authorities[$0.id] }
            let registration = reading.registration
            try await metrics.count(.updateBundle) { try await objects.write(bundle, to: registration) }
            log.wroteBundles(bundle, registration)
        case .writeSecret(let plan):
            let next = try maker.make(plan, from: reading.secret, known: authorities)
            let operation: CertificateMetrics.Operation = reading.secret == nil ? .createSecret : .updateSecret
            try await metrics.count(operation) { try await objects.write(next) }
            log.wroteSecret(plan, next)
        }
    }

    private mutating func serve(_ identity: CertificateAuthority.Identity) throws {
        let fingerprints = callersCA.fingerprints
        let tls = try configuration.parameters.configuration(
            certificateChain: identity.certificate.pem,
            privateKey: identity.privateKey
        )
        certificate.exchange(for: try TLSContext(server: tls))
        callersCAInUse = fingerprints
        self.identity = identity
        log.serves(identity.certificate)
    }
}
