internal import NIOOpenSSL
internal import ServiceSupport

/// Ready for the first time when callers accept what is served; after that only a certificate that has expired makes
/// the webhook unready, because nobody else could do better.
struct OwnCertificatesReadiness {
    private let configuration: OwnCertificates.Configuration
    private let readiness: Readiness
    private var wasVerified = false

    init(_ configuration: OwnCertificates.Configuration, _ readiness: Readiness) {
        self.configuration = configuration
        self.readiness = readiness
    }

    /// What is missing.
    func read(_ registration: WebhookRegistration, _ secret: CertificateSecret?) {
        let name = "the MutatingWebhookConfiguration \(configuration.registrationName)"
        let service = "\(configuration.namespace)/\(configuration.serviceName)"
        if registration.resourceVersion == nil {
            explain("\(name) does not exist")
        } else if registration.webhooks.isEmpty {
            explain("\(name) has no webhook that calls the Service \(service)")
        } else if let newest = secret?.authorities.first, registration.state.trusts(newest.fingerprint) {
            explain("the CA in \(name) is new, and signs once --ca-settling-time is over")
        } else {
            explain("the caBundle of \(name) is not written yet")
        }
    }

    /// Why nothing is verified yet.
    func explain(_ reason: String) {
        if !wasVerified { readiness.explain(.certificate, reason) }
    }

    mutating func check(
        _ machine: OwnCertificatesStateMachine,
        _ registration: OwnCertificatesStateMachine.Registration,
        at now: OwnCertificatesStateMachine.Moment
    ) {
        if machine.isVerified(by: registration, at: now) { wasVerified = true }
        guard wasVerified, let serving = machine.serving else { return }
        if serving.isValid(at: now) {
            readiness.pass(.certificate)
        } else {
            readiness.fail(.certificate, "the serving certificate has expired and could not be renewed: see the log")
        }
    }
}
