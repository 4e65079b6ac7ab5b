internal import NIOOpenSSL

/// Ready for the first time when callers accept what is served; after that only a certificate that has expired makes
/// the webhook unready, because nobody else could do better.
struct OwnCertificatesReadiness {
    private let configuration: OwnCertificates.Configuration
    private let readiness: Readiness
    private var wasVerified = false
    /// What was missing when the registration was last read.
    private var reason = ""

    init(_ configuration: OwnCertificates.Configuration, _ readiness: Readiness) {
        self.configuration = configuration
        self.readiness = readiness
    }

    mutating func read(_ registration: WebhookRegistration) {
        let name = "the MutatingWebhookConfiguration \(configuration.registrationName)"
        let service = "\(configuration.namespace)/\(configuration.serviceName)"
        if registration.resourceVersion == nil {
            reason = "\(name) does not exist"
        } else if registration.webhooks.isEmpty {
            reason = "\(name) has no webhook that calls the Service \(service)"
        } else {
            reason = "the caBundle of \(name) is not written yet"
        }
        explain(reason)
    }

    /// Why nothing is verified yet.
    func explain(_ reason: String) {
        if !wasVerified { readiness.explain(.certificate, reason) }
    }

    mutating func check(
        _ machine: OwnCertificatesStateMachine,
        _ registration: OwnCertificatesStateMachine.Registration,
        at now: Int64
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
