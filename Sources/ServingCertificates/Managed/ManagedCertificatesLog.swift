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

    func problem(_ line: ManagedCertificatesProblems.Line, _ error: any Error) {
        logger.log(level: line.level, line.message, metadata: ["reason": "\(error)"])
    }

    enum ClockProblem: Logger.Message {
        case nodeDiffers = "this node's clock and the API server's differ: certificates go by the API server's"
        case unknownTime = "the API server's answers have no Date: certificates go by this node's clock"
        case authorityFromFuture =
            "the newest CA is not valid yet: a clock was ahead when it was made, or the API server's is behind now"
    }

    /// - Parameter difference: The node's clock minus the API server's, in seconds.
    func clock(_ problem: ClockProblem, difference: Int64) {
        let node = "\(abs(difference)) s \(difference < 0 ? "behind" : "ahead")"
        logger.warning(problem.rawValue, metadata: ["node": "\(node)"])
    }

    func serving(_ certificate: Certificate) {
        logger.info("serving with the certificate", metadata: Self.metadata(certificate))
    }

    func wrote(_ bundle: [Certificate], to bundles: CABundles) {
        logger.notice(
            "wrote the CA bundle",
            metadata: [
                "configuration": "\(configuration.webhookConfigurationName)",
                "webhooks": .stringConvertible(bundles.webhooks.count),
                "authorities": "\(Self.subjects(bundle))",
            ]
        )
    }

    func wrote(_ secret: CertificateSecret, following plan: ManagedCertificatesStateMachine.Plan) {
        if plan.makesAuthority, let authority = secret.authorities.first {
            logger.notice("made a CA", metadata: Self.metadata(authority))
        }
        if plan.newestSigns, let signer = secret.signer {
            logger.notice("a CA signs from now on", metadata: Self.metadata(signer.certificate))
        }
        logger.info(
            "wrote the Secret",
            metadata: ["secret": "\(configuration.secret)", "authorities": "\(Self.subjects(secret.authorities))"]
        )
    }

    private static func subjects(_ certificates: [Certificate]) -> String {
        certificates.map(\.info.subject).joined(separator: "; ")
    }

    private static func metadata(_ certificate: Certificate) -> Logger.Metadata {
        [
            "subject": "\(certificate.info.subject)", "serial": "\(certificate.info.serialNumber)",
            "expires": "\(certificate.info.expiration)",
        ]
    }
}
