internal import GoSyntax
internal import Logging
internal import ServiceLifecycle
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
            try files.load()
            return files
        }
        if tls.namesFiles {
            logger.warning("--tls-cert and --tls-key are not read: give --in-cluster=false to use them")
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
