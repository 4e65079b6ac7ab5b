internal import ArgumentParser
internal import GoSyntax

/// The flags for whether the webhook issues its own serving certificate or reads it from files.
struct CertificateOptions: ParsableArguments {
    @Option(
        help: .boolean("Make the serving certificate instead of reading --tls-cert and --tls-key.")
    )
    var inCluster = true

    @Option(help: .name("The Service that the API server calls."))
    var serviceName = "pod-identity-webhook"

    @Option(help: .name("The Secret that holds the webhook's own CA."))
    var tlsSecret = "pod-identity-webhook"

    @Option(help: .name("The MutatingWebhookConfiguration into which the webhook writes its CA."))
    var webhookConfiguration = "pod-identity-webhook"

    @Option(help: .duration("The lifetime of the webhook's own CA, at least 3 times --certificate-validity."))
    var caValidity = GoDuration(.seconds(87_600 * 3600))

    @Option(help: .duration("The lifetime of the serving certificate, at least 6 times --ca-settling-time."))
    var certificateValidity = GoDuration(.seconds(2160 * 3600))

    @Option(help: .duration("How long API servers may take to trust a new CA; at least 1s."))
    var caSettlingTime = GoDuration(.seconds(60))

    func validate() throws {
        for (name, value) in [
            ("service-name", serviceName), ("tls-secret", tlsSecret), ("webhook-configuration", webhookConfiguration),
        ] where value.isEmpty {
            throw ValidationError("--\(name) must not be empty")
        }
        guard caSettlingTime.duration >= .seconds(1) else {
            throw ValidationError("--ca-settling-time must be 1s or more")
        }
        // An old CA stays trusted for about this long, and in that time every replica must see the new one settle.
        guard certificateValidity.duration >= caSettlingTime.duration * 6 else {
            throw ValidationError("--certificate-validity must be 6 times --ca-settling-time or more")
        }
        // With this, everything that a CA signs in the first two thirds of its validity expires before the CA itself.
        guard caValidity.duration >= certificateValidity.duration * 3 else {
            throw ValidationError("--ca-validity must be 3 times --certificate-validity or more")
        }
    }
}
