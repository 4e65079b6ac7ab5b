internal import GoSyntax
internal import Logging
internal import ServiceLifecycle
internal import ServiceSupport
internal import ServingCertificates

extension Webhook {
    /// The service that provides certificates for as long as it runs. A certificate from files is already in use when this
    /// returns.
    func certificates() throws -> any Service {
        let (flags, tls) = (options.certificates, options.tls)
        let parameters = try tls.tlsParameters(logger: logger)
        guard flags.inCluster, let client else {
            let files = CertificateFiles(
                CertificateFiles.Configuration(certificatePath: tls.tlsCert, keyPath: tls.tlsKey, tls: parameters),
                certificate: certificate,
                readiness: readiness,
                logger: logger
            )
            do throws(ServingCertificateError) {
                try files.load()
            } catch {
                guard case .file(let file) = error, file.isMissing, !tls.namesFiles else { throw error }
                throw MissingCertificate(file: file, isWithoutCluster: flags.inCluster)
            }
            return files
        }
        if tls.namesFiles {
            logger.warning("--tls-cert and --tls-key have no effect without --in-cluster=false")
        }
        var configuration = ManagedCertificates.Configuration(
            serviceName: flags.serviceName,
            namespace: options.cluster.namespace,
            secretName: flags.tlsSecret,
            webhookConfigurationName: flags.webhookConfiguration
        )
        configuration.authorityLifetime = flags.caValidity.duration
        configuration.certificateLifetime = flags.certificateValidity.duration
        configuration.settlingTime = flags.caSettlingTime.duration
        configuration.tls = parameters
        return ManagedCertificates(
            configuration,
            client: client,
            certificate: certificate,
            readiness: readiness,
            factory: registry,
            logger: logger
        )
    }
}

/// There is no certificate at the default path.
struct MissingCertificate: Error, CustomStringConvertible {
    let file: FileError
    /// Whether the webhook would issue its own certificate if it had a cluster.
    let isWithoutCluster: Bool

    var description: String {
        let reason = isWithoutCluster ? "; without a cluster the webhook does not make its own certificate" : ""
        return "\(file): pass --tls-cert FILE and --tls-key FILE\(reason)"
    }
}
