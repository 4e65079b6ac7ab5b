internal import Glibc
internal import Kubernetes
internal import Logging
internal import NIOOpenSSL
internal import ServiceSupport

/// Performs what `ManagedCertificatesStateMachine` decides, one action at a time, reading the objects again before each. The
/// keys of CAs stay in memory no longer than that takes.
struct ManagedCertificatesReconciler {
    /// How often the objects are read even if nothing seems to have changed.
    private static let period = Duration.seconds(60)
    /// The maximum number of actions in a row before the loop gives up. Starting from scratch takes three.
    private static let maximumActions = 8

    private let configuration: ManagedCertificates.Configuration
    private let objects: ManagedCertificatesObjects
    private let certificate: ServingCertificate
    private let metrics: CertificateMetrics
    private let log: ManagedCertificatesLog

    private var machine: ManagedCertificatesStateMachine
    private var readiness: ManagedCertificatesReadiness
    /// The Secret and the registration as they were last read.
    private var secret: ManagedCertificatesStateMachine.Secret?
    private var registration = ManagedCertificatesStateMachine.Registration()
    /// The CAs that were last read and the issuer of the serving certificate, by fingerprint.
    private var authorities: [String: Certificate] = [:]
    /// The serving certificate and its key.
    private var identity: CertificateAuthority.Identity?
    /// The CA of client certificates.
    private let clientCA: WatchedFiles
    /// The fingerprints of the CA of client certificates that is in use.
    private var clientCAInUse: [FileFingerprint?] = []

    private let start = ContinuousClock.now
    private var clock = APIServerClock()
    private var clockProblem: ManagedCertificatesLog.ClockProblem?
    private var problems = ManagedCertificatesProblems()
    private var backoff = Backoff(initial: .milliseconds(200), maximum: .seconds(30))
    /// Nothing is done before this, after a failure.
    private var pausedUntil = ContinuousClock.now
    private var nextCheck = ContinuousClock.now

    init(
        _ configuration: ManagedCertificates.Configuration,
        objects: ManagedCertificatesObjects,
        certificate: ServingCertificate,
        readiness: Readiness,
        metrics: CertificateMetrics,
        logger: Logger
    ) {
        self.configuration = configuration
        self.objects = objects
        self.certificate = certificate
        self.metrics = metrics
        log = ManagedCertificatesLog(configuration, logger)
        machine = ManagedCertificatesStateMachine(configuration.policy)
        self.readiness = ManagedCertificatesReadiness(configuration, readiness)
        clientCA = WatchedFiles(paths: [configuration.tls.clientCAPath].compactMap { $0 })
    }

    private var uptime: Int64 { (ContinuousClock.now - start).components.seconds }
    private var localTime: Int64 { Int64(time(nil)) }
    private var now: ManagedCertificatesStateMachine.Moment { clock.now(uptime: uptime, local: localTime) }

    /// Must be called when something may have changed, and once a second.
    mutating func wake(_ trigger: ReconcileTrigger) async {
        readiness.update(machine, registration, at: now)
        guard ContinuousClock.now >= pausedUntil else { return }
        let hasWork =
            machine.decide(secret, registration, at: now) != nil
            || (identity != nil && clientCA.fingerprints != clientCAInUse)
        guard trigger.takeChange() || hasWork || ContinuousClock.now >= nextCheck else { return }
        do {
            try await reconcile()
            backoff.reset()
            problems.succeeded()
        } catch {
            guard !Task.isCancelled else { return }
            failed(error)
            trigger.changed()
        }
        readiness.update(machine, registration, at: now)
    }

    private mutating func failed(_ error: any Error) {
        var random = SystemRandomNumberGenerator()
        pausedUntil = .now + backoff.next(atLeast: .zero, using: &random)
        readiness.explain("\(error)")
        if let problem = problems.failed(error, at: .now) { log.problem(problem, error) }
    }

    private mutating func reconcile() async throws {
        let (metrics, objects) = (metrics, objects)
        for _ in 0..<Self.maximumActions {
            let reading = try await metrics.count(.read) { try await objects.read() }
            observe(reading)
            if let action = machine.decide(secret, registration, at: now) {
                try await perform(action, reading)
            } else {
                if let identity, clientCA.fingerprints != clientCAInUse { try serve(identity) }
                return
            }
        }
        throw ServingCertificateError.contended
    }

    private mutating func observe(_ reading: ManagedCertificatesObjects.Reading) {
        nextCheck = .now + Self.period
        clock.synchronize(to: reading.time, uptime: uptime)
        checkClock(reading)
        secret = reading.secret?.state
        registration = reading.bundles.state
        readiness.explain(reading.bundles, reading.secret)
        machine.observe(secret, registration, at: now)
        authorities = authorities.filter { $0.key == machine.serving?.issuer }
        for authority in reading.bundles.ownAuthorities + (reading.secret?.authorities ?? []) {
            authorities[authority.fingerprint] = authority
        }
        metrics.setAuthorityExpiration(reading.secret?.authorities.first?.info.notAfter)
    }

    /// Logs each problem once, and again if it comes back.
    private mutating func checkClock(_ reading: ManagedCertificatesObjects.Reading) {
        let difference = localTime - now.time
        var problem: ManagedCertificatesLog.ClockProblem?
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
        _ action: ManagedCertificatesStateMachine.Action,
        _ reading: ManagedCertificatesObjects.Reading
    ) async throws {
        let (metrics, objects) = (metrics, objects)
        let certificateIssuer = CertificateIssuer(configuration, now: now.time)
        switch action {
        case .serve(let issuer):
            guard let signer = reading.secret?.signer else { return }
            let issued = try certificateIssuer.issue(by: signer)
            try serve(issued)
            machine.served(.init(issued.certificate, issuer: issuer.id), by: issuer)
        case .writeBundles(let wanted):
            let bundle = wanted.compactMap { authorities[$0.id] }
            try await metrics.count(.updateBundle) { try await objects.write(bundle, to: reading.bundles) }
            log.wrote(bundle, to: reading.bundles)
        case .writeSecret(let plan):
            let next = try certificateIssuer.apply(plan, to: reading.secret, known: authorities)
            let operation: CertificateMetrics.Operation = reading.secret == nil ? .createSecret : .updateSecret
            try await metrics.count(operation) { try await objects.write(next) }
            log.wrote(next, following: plan)
        }
    }

    private mutating func serve(_ identity: CertificateAuthority.Identity) throws {
        let fingerprints = clientCA.fingerprints
        let tls = try configuration.tls.serverConfiguration(
            certificateChain: identity.certificate.pem,
            privateKey: identity.privateKey
        )
        certificate.exchange(for: try TLSContext(server: tls))
        clientCAInUse = fingerprints
        self.identity = identity
        log.serving(identity.certificate)
    }
}
