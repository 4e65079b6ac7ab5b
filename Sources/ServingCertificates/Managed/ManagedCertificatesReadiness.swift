internal import NIOOpenSSL
internal import ServiceSupport

/// Whether the webhook is ready with regard to its certificate: it becomes ready when clients accept the certificate,
/// and stays ready unless the certificate expires. No other replica could do better in the meantime.
struct ManagedCertificatesReadiness {
    private let configuration: ManagedCertificates.Configuration
    private let readiness: Readiness
    private var wasVerified = false

    init(_ configuration: ManagedCertificates.Configuration, _ readiness: Readiness) {
        self.configuration = configuration
        self.readiness = readiness
    }

    /// Sets the reason for not being ready according to what the objects lack.
    func explain(_ bundles: CABundles, _ secret: CertificateSecret?) {
        let name = "the MutatingWebhookConfiguration \(configuration.webhookConfigurationName)"
        if bundles.resourceVersion == nil {
            explain("\(name) does not exist")
        } else if bundles.webhooks.isEmpty {
            explain("\(name) has no webhook that calls the Service \(configuration.service)")
        } else if let newest = secret?.authorities.first, bundles.state.trusts(newest.fingerprint) {
            explain("the CA in \(name) is new, and signs once --ca-settling-time is over")
        } else {
            explain("the caBundle of \(name) is not written yet")
        }
    }

    /// Sets the reason for not being ready, unless the webhook has been ready before.
    func explain(_ reason: String) {
        if !wasVerified { readiness.explain(.certificate, reason) }
    }

    mutating func update(
        _ machine: ManagedCertificatesStateMachine,
        _ registration: ManagedCertificatesStateMachine.Registration,
        at now: ManagedCertificatesStateMachine.Moment
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
