internal import ArgumentParser
internal import CoreMetrics
internal import GoSyntax
internal import Kubernetes
internal import Logging
internal import ServiceLifecycle
internal import ServiceSupport
internal import ServingCertificates

/// Where the serving certificate comes from: the webhook itself, or files.
struct CertificateOptions: ParsableArguments {
    @Option(help: "Whether the webhook makes its own certificate; --tls-cert and --tls-key are not read then.")
    var inCluster = true

    @Option(help: "The name of the Service that the API server calls.")
    var serviceName = "pod-identity-webhook"

    @Option(help: "The Secret of the webhook's own CA.")
    var tlsSecret = "pod-identity-webhook"

    @Option(help: "The MutatingWebhookConfiguration that the webhook's own CA is written to.")
    var webhookConfiguration = "pod-identity-webhook"

    @Option(help: "How long the webhook's own CA is valid; it is renewed after two thirds of that.")
    var caValidity = GoDuration(.seconds(87_600 * 3600))

    @Option(help: "How long the webhook's own certificate is valid; it is renewed after two thirds of that.")
    var certificateValidity = GoDuration(.seconds(2160 * 3600))

    @Option(help: "How long API servers may take to trust a CA that was written to the MutatingWebhookConfiguration.")
    var caSettlingTime = GoDuration(.seconds(60))

    /// What puts certificates in use for as long as it runs. From files, one is in use already.
    ///
    /// - Parameters:
    ///   - namespace: of the Service and the Secret.
    ///   - client: nil where files stand in for a cluster: there is none that could keep certificates.
    func source(
        tls: TLSOptions,
        namespace: String,
        client: APIClient?,
        certificate: ServingCertificate,
        readiness: Readiness,
        factory: any MetricsFactory,
        logger: Logger
    ) throws -> any Service {
        let parameters = try tls.servingParameters(logger: logger)
        guard inCluster, let client else {
            let files = CertificateFiles(
                CertificateFiles.Configuration(
                    certificatePath: tls.tlsCert,
                    keyPath: tls.tlsKey,
                    parameters: parameters
                ),
                certificate: certificate,
                readiness: readiness,
                logger: logger
            )
            try files.load()
            return files
        }
        if tls.namesFiles {
            logger.warning("--tls-cert and --tls-key are not read: give --in-cluster=false to use them")
        }
        var configuration = OwnCertificates.Configuration(
            serviceName: serviceName,
            namespace: namespace,
            secretName: tlsSecret,
            registrationName: webhookConfiguration
        )
        configuration.authorityLifetime = caValidity.duration
        configuration.certificateLifetime = certificateValidity.duration
        configuration.settlingTime = caSettlingTime.duration
        configuration.parameters = parameters
        return OwnCertificates(
            configuration,
            client: client,
            certificate: certificate,
            readiness: readiness,
            factory: factory,
            logger: logger
        )
    }

    func validate() throws {
        for (name, value) in [
            ("service-name", serviceName), ("tls-secret", tlsSecret), ("webhook-configuration", webhookConfiguration),
        ] where value.isEmpty {
            throw ValidationError("--\(name) must not be empty")
        }
        guard caSettlingTime.duration >= .seconds(1) else {
            throw ValidationError("--ca-settling-time must be 1s or more")
        }
        // An old CA stays trusted for about as long, and meanwhile every replica has to see the new one settle.
        guard certificateValidity.duration >= caSettlingTime.duration * 6 else {
            throw ValidationError("--certificate-validity must be 6 times --ca-settling-time or more")
        }
        // What a CA has signed in its first two thirds expires before it.
        guard caValidity.duration >= certificateValidity.duration * 3 else {
            throw ValidationError("--ca-validity must be 3 times --certificate-validity or more")
        }
    }
}
