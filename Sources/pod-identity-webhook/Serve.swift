internal import ArgumentParser
internal import Logging
internal import NIOCore
internal import NIOPosix
internal import PodIdentity
internal import Prometheus
internal import ServiceLifecycle
internal import UnixSignals
internal import Webhook

struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Answer the API server's admission reviews (the default)."
    )

    @OptionGroup(title: "Cluster")
    var cluster: ClusterOptions

    @OptionGroup(title: "TLS")
    var tls: TLSOptions

    @OptionGroup(title: "Certificates of its own")
    var certificates: CertificateOptions

    @OptionGroup(title: "AWS")
    var aws: AWSOptions

    @OptionGroup(title: "Tokens")
    var tokens: TokenOptions

    @OptionGroup(title: "EKS Pod Identity")
    var podIdentity: PodIdentityOptions

    @OptionGroup(title: "Operations")
    var operations: OperationsOptions

    func run() async throws {
        let logger = operations.logger
        if !operations.withoutEffect.isEmpty {
            let names = operations.withoutEffect.joined(separator: ", ")
            logger.info("flags of the EKS webhook that have no effect here", metadata: ["flags": "\(names)"])
        }
        let group = MultiThreadedEventLoopGroup(numberOfThreads: System.coreCount)
        let composition = try await aws.composition(group: group, logger: logger)
        let settings = aws.settings(tokens: tokens, configMapNamespace: cluster.namespace, composition: composition)
        let providers = podIdentity.providers(settings)
        let index = ServiceAccountIndex(givesIdentity: providers.givesIdentity)
        let documents = DocumentStore()
        let registry = PrometheusRegistry(WebhookMetrics.definitions)
        let metrics = WebhookMetrics(factory: registry, version: PodIdentityWebhook.version)
        let readiness = Readiness(failing: [
            .certificate: "no certificate has been loaded yet",
            .serviceAccounts: "the ServiceAccounts have not been read yet",
        ])
        if aws.watchConfigMap { readiness.fail(.configMap, "the ConfigMap has not been read yet") }

        let certificate = ServingCertificate()
        let certificateSource = try certificates.source(
            tls: tls,
            cluster: cluster,
            certificate: certificate,
            readiness: readiness,
            metrics: metrics,
            group: group,
            logger: logger
        )
        let source = try cluster.source(
            providers: providers,
            index: index,
            documents: documents,
            readiness: readiness,
            metrics: metrics,
            group: group,
            logger: logger
        )

        let controller = AdmissionController(providers: providers, index: index, documents: documents)
        let requiresClientCertificate = !tls.clientCaFile.isEmpty
        let health = HealthRoutes(readiness: readiness)
        let operationsRoutes = OperationsRoutes(
            registry: registry,
            index: index,
            certificate: certificate,
            showsCache: operations.enableDebuggingHandlers
        )
        let metricsServer = HTTPServer(
            configuration: HTTPServer.Configuration(name: "metrics", port: operations.metricsPort),
            group: group,
            logger: logger
        ) {
            WebhookResponder(health: health, operations: operationsRoutes, metrics: metrics)
        }
        let webhookServer = HTTPServer(
            configuration: operations.webhookServer(certificate, metrics),
            group: group,
            logger: logger,
            onShutdown: { readiness.fail(.shutdown, "the process is stopping") }
        ) {
            let admission = AdmissionRoute(
                controller: controller,
                lookup: source.lookup,
                requiresClientCertificate: requiresClientCertificate,
                metrics: metrics,
                logger: logger
            )
            return WebhookResponder(health: health, admission: admission, metrics: metrics)
        }

        // Stopped from the last to the first: the webhook while its sources and the health paths still work.
        let services: [any Service] = source.services + [certificateSource, metricsServer, webhookServer]
        let serviceGroup = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: services.map {
                    .init(
                        service: $0,
                        successTerminationBehavior: .gracefullyShutdownGroup,
                        failureTerminationBehavior: .gracefullyShutdownGroup
                    )
                },
                gracefulShutdownSignals: [.sigterm, .sigint],
                logger: operations.lifecycleLogger
            )
        )
        try await serviceGroup.run()
        try await group.shutdownGracefully()
        logger.info("stopped")
    }
}
