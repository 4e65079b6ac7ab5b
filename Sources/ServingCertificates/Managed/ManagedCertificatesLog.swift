internal import Logging
internal import NIOOpenSSL

/// Log messages about the certificates that the webhook manages itself.
struct ManagedCertificatesLog {
    private let configuration: ManagedCertificates.Configuration
    private let logger: Logger

    init(_ configuration: ManagedCertificates.Configuration, _ logger: Logger) {
        self.configuration = configuration
        self.logger = logger
    }

    func problem(_ problem: ManagedCertificatesProblems.Problem, _ error: any Error) {
        let metadata: Logger.Metadata = ["error": "\(error)"]
        switch problem {
        case .conflict: logger.info("another replica made a change first; retrying", metadata: metadata)
        case .lastingConflict:
            logger.warning("something keeps changing the certificates' Secret or registration", metadata: metadata)
        case .failure: logger.warning("the certificates could not be reconciled", metadata: metadata)
        }
    }

    enum ClockProblem {
        case nodeDiffers
        case unknownTime
        case authorityFromFuture
    }

    /// - Parameter difference: The node's clock minus the API server's, in seconds.
    func clock(_ problem: ClockProblem, difference: Int64) {
        let metadata: Logger.Metadata = ["node_clock_offset": .stringConvertible(Duration.seconds(difference))]
        switch problem {
        case .nodeDiffers:
            logger.warning(
                "this node's clock differs from the API server's; certificates use the API server's time",
                metadata: metadata
            )
        case .unknownTime:
            logger.warning(
                "the API server's responses have no Date header; certificates use this node's clock"
            )
        case .authorityFromFuture:
            logger.warning(
                "the newest CA is not valid yet: a clock was ahead when it was made, or the API server's is behind",
                metadata: metadata
            )
        }
    }

    func serving(_ certificate: Certificate) {
        logger.info("a new serving certificate is in use", metadata: Self.metadata(certificate))
    }

    func wrote(_ bundle: [Certificate], to bundles: CABundles) {
        logger.notice(
            "the CA bundle was written",
            metadata: [
                "webhook_configuration": "\(configuration.webhookConfigurationName)",
                "webhooks": .stringConvertible(bundles.webhooks.count),
                "authorities": Self.subjects(bundle),
            ]
        )
    }

    func wrote(_ secret: CertificateSecret, following plan: ManagedCertificatesStateMachine.Plan) {
        if plan.makesAuthority, let authority = secret.authorities.first {
            logger.notice("a CA was made", metadata: Self.metadata(authority))
        }
        if plan.newestSigns, let signer = secret.signer {
            logger.notice("a CA has started signing", metadata: Self.metadata(signer.certificate))
        }
        logger.info(
            "the Secret was written",
            metadata: [
                "namespace": "\(configuration.namespace)", "secret": "\(configuration.secretName)",
                "authorities": Self.subjects(secret.authorities),
            ]
        )
    }

    private static func subjects(_ certificates: [Certificate]) -> Logger.MetadataValue {
        .array(certificates.map { "\($0.info.subject)" })
    }

    private static func metadata(_ certificate: Certificate) -> Logger.Metadata {
        [
            "subject": "\(certificate.info.subject)", "serial": "\(certificate.info.serialNumber)",
            "not_after": "\(certificate.info.expiration)",
        ]
    }
}
