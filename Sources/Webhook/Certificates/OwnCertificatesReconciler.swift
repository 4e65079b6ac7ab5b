internal import Glibc
internal import Kubernetes
internal import Logging
internal import NIOOpenSSL

/// Carries out what `OwnCertificatesStateMachine` decides, one thing after the other, each on what was just read.
/// Private keys are kept no longer than that takes.
struct OwnCertificatesReconciler {
    /// How often everything is read without a reason.
    private static let period = Duration.seconds(60)
    /// Actions one after the other before others get a turn; a start from nothing takes three.
    private static let maximumActions = 8

    private let configuration: OwnCertificates.Configuration
    private let objects: OwnCertificatesObjects
    private let certificate: ServingCertificate
    private let metrics: CertificateMetrics
    private let logger: Logger

    private var machine: OwnCertificatesStateMachine
    private var readiness: OwnCertificatesReadiness
    /// As last read.
    private var secret: OwnCertificatesStateMachine.Secret?
    private var registration = OwnCertificatesStateMachine.Registration()
    /// The CAs that were seen, by fingerprint.
    private var authorities: [String: Certificate] = [:]
    /// Whose certificates callers may show; the content that is in use.
    private let callersCA: WatchedFiles
    private var callersCAInUse: [WatchedFiles.Fingerprint?] = []

    private var backoff = Backoff(initial: .milliseconds(200), maximum: .seconds(30))
    /// Nothing is done before.
    private var pausedUntil = ContinuousClock.now
    private var nextCheck = ContinuousClock.now
    private var lastProblem: String?

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
        self.logger = logger
        machine = OwnCertificatesStateMachine(configuration.policy)
        self.readiness = OwnCertificatesReadiness(configuration, readiness)
        callersCA = WatchedFiles(paths: [configuration.parameters.clientCAPath].compactMap { $0 })
    }

    private var now: Int64 { Int64(time(nil)) }

    /// Something may have changed, or a second has passed.
    mutating func wake(_ wakeups: Wakeups) async {
        readiness.check(machine, registration, at: now)
        guard ContinuousClock.now >= pausedUntil else { return }
        let isDue =
            machine.decide(secret, registration, at: now) != nil
            || (machine.serving != nil && callersCA.fingerprints != callersCAInUse)
        guard wakeups.takeChange() || isDue || ContinuousClock.now >= nextCheck else { return }
        do {
            try await reconcile()
            backoff.reset()
            lastProblem = nil
        } catch {
            guard !Task.isCancelled else { return }
            failed(error)
            wakeups.changed()
        }
        readiness.check(machine, registration, at: now)
    }

    private mutating func reconcile() async throws {
        let (metrics, objects) = (metrics, objects)
        for _ in 0..<Self.maximumActions {
            // In this order: see OwnCertificatesStateMachine.
            let (readRegistration, readSecret) = try await metrics.count(.read) {
                (try await objects.registration(), try await objects.secret())
            }
            take(readRegistration, readSecret)
            if let action = machine.decide(secret, registration, at: now) {
                try await perform(action, readRegistration, readSecret)
            } else {
                if let identity = readSecret?.serving?.identity { try serveAgain(identity) }
                return
            }
        }
        throw WebhookError.certificate(reason: "the Secret or the registration is changed again and again by others")
    }

    private mutating func take(_ readRegistration: WebhookRegistration, _ readSecret: CertificateSecret?) {
        nextCheck = .now + Self.period
        secret = readSecret?.state
        registration = readRegistration.state
        readiness.read(readRegistration)
        machine.observe(secret, registration, at: now)
        let now = now
        authorities = authorities.filter { $0.value.info.notAfter > now }
        for authority in readRegistration.ownAuthorities + (readSecret?.authorities ?? []) {
            authorities[authority.fingerprint] = authority
        }
        metrics.setAuthorityExpiration(readSecret?.authorities.first?.info.notAfter)
    }

    private mutating func perform(
        _ action: OwnCertificatesStateMachine.Action,
        _ registration: WebhookRegistration,
        _ secret: CertificateSecret?
    ) async throws {
        let (metrics, objects) = (metrics, objects)
        switch action {
        case .writeSecret(let plan):
            let maker = CertificateMaker(configuration, known: authorities, now: now)
            let next = try maker.make(plan, from: secret)
            try await metrics.count(secret == nil ? .createSecret : .updateSecret) { try await objects.write(next) }
            logWritten(plan, next)
        case .writeBundles:
            guard let secret else { return }
            try await metrics.count(.updateBundle) { try await objects.write(secret.bundle, to: registration) }
            logger.notice(
                "wrote the CA bundle",
                metadata: [
                    "configuration": "\(configuration.registrationName)", "webhooks": "\(registration.webhooks.count)",
                    "authorities": "\(Self.names(secret.authorities))",
                ]
            )
        case .serve(let leaf):
            guard let identity = secret?.serving?.identity else { return }
            try serve(identity)
            machine.served(leaf)
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
        logger.info("serving with the certificate", metadata: Self.metadata(identity.certificate))
    }

    /// What is served already, if the file with the CA of callers has changed.
    private mutating func serveAgain(_ identity: CertificateAuthority.Identity) throws {
        guard callersCA.fingerprints != callersCAInUse, identity.certificate.fingerprint == machine.serving?.id else {
            return
        }
        try serve(identity)
    }
}

extension OwnCertificatesReconciler {
    /// Others being faster is no problem as long as it does not go on.
    private mutating func failed(_ error: any Error) {
        var random = SystemRandomNumberGenerator()
        pausedUntil = .now + backoff.next(atLeast: .zero, using: &random)
        let problem = "\(error)"
        readiness.explain(problem)
        guard problem != lastProblem else { return }
        lastProblem = problem
        let isConflict = (error as? KubernetesError)?.isConflict ?? false
        logger.log(
            level: isConflict ? .info : .warning,
            isConflict ? "another replica was faster" : "the certificates cannot be looked after",
            metadata: ["reason": "\(problem)"]
        )
    }

    private func logWritten(_ plan: OwnCertificatesStateMachine.Plan, _ secret: CertificateSecret) {
        if plan.makesAuthority, let authority = secret.authorities.first {
            logger.notice("made a CA", metadata: Self.metadata(authority))
        }
        if plan.issues, let serving = secret.serving {
            logger.notice("made a serving certificate", metadata: Self.metadata(serving.identity.certificate))
        }
        logger.info(
            "wrote the Secret",
            metadata: [
                "secret": "\(configuration.namespace)/\(configuration.secretName)",
                "authorities": "\(Self.names(secret.authorities))",
            ]
        )
    }

    private static func names(_ certificates: [Certificate]) -> String {
        certificates.map(\.info.subject).joined(separator: "; ")
    }

    private static func metadata(_ certificate: Certificate) -> Logger.Metadata {
        [
            "subject": "\(certificate.info.subject)", "serial": "\(certificate.info.serialNumber)",
            "expires": "\(certificate.info.expiration)",
        ]
    }
}
