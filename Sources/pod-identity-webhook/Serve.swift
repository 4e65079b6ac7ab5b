internal import ArgumentParser
internal import Glibc
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

    @OptionGroup(title: "Limits")
    var limits: LimitOptions

    @OptionGroup(title: "Operations")
    var operations: OperationsOptions

    func run() async throws {
        Allocator.returnLargeBuffers()
        // Who reads standard error may go away; that is no reason to end.
        signal(SIGPIPE, SIG_IGN)
        let log = LogWriter()
        do {
            try await serve(log)
            await log.finish()
        } catch {
            await log.finish()
            throw error
        }
    }

    private func serve(_ log: LogWriter) async throws {
        let logger = operations.logger(log.write)
        if !operations.withoutEffect.isEmpty {
            let names = operations.withoutEffect.joined(separator: ", ")
            logger.info("flags of the EKS webhook that have no effect here", metadata: ["flags": "\(names)"])
        }
        let group = MultiThreadedEventLoopGroup(
            numberOfThreads: operations.eventLoops ?? OperationsOptions.defaultEventLoops
        )
        let composition = try await aws.composition(group: group, logger: logger)
        let settings = aws.settings(tokens: tokens, configMapNamespace: cluster.namespace, composition: composition)
        let providers = podIdentity.providers(settings)
        let indexes = cluster.indexes(
            providers,
            readsNamespaces: aws.namespaceRoles,
            maximumWaiting: limits.maximumWaiting
        )
        let registry = PrometheusRegistry(WebhookMetrics.definitions)
        let metrics = WebhookMetrics(factory: registry, version: PodIdentityWebhook.version)
        let readiness = Readiness(failing: [
            .certificate: "no certificate has been loaded yet",
            .serviceAccounts: "the ServiceAccounts have not been read yet",
        ])
        for document in providers.documents {
            guard case .configMap(let name, _) = document.place else { continue }
            readiness.fail(.configMap, part: "\(document.place)", "the ConfigMap \(name) has not been read yet")
        }
        if aws.namespaceRoles { readiness.fail(.namespaces, "the Namespaces have not been read yet") }

        let certificate = ServingCertificate()
        let client = try cluster.client(on: group, logger: logger)
        let certificateSource = try certificates.source(
            tls: tls,
            namespace: cluster.namespace,
            client: client,
            certificate: certificate,
            readiness: readiness,
            metrics: metrics,
            logger: logger
        )
        let feeds = try ClusterFeeds(
            cluster,
            client: client,
            maximumWaiting: limits.maximumWaiting,
            providers: providers,
            indexes: indexes,
            readiness: readiness,
            metrics: metrics,
            logger: logger
        )
        let events = client.map {
            EventRecorder(client: $0, serviceAccounts: indexes.serviceAccounts, logger: logger)
        }
        let admissionLog = AdmissionLog(logger: logger)

        let controller = AdmissionController(
            providers: providers,
            serviceAccounts: indexes.serviceAccounts,
            namespaces: indexes.namespaces,
            documents: indexes.documents
        )
        let requiresClientCertificate = !tls.clientCaFile.isEmpty
        let health = HealthRoutes(readiness: readiness)
        let operationsRoutes = OperationsRoutes(
            registry: registry,
            index: indexes.serviceAccounts,
            certificate: certificate,
            droppedLogLines: { log.dropped },
            showsCache: operations.enableDebuggingHandlers
        )
        let metricsServer = HTTPServer(
            configuration: operations.metricsServer,
            group: group,
            logger: logger
        ) {
            WebhookResponder(health: health, operations: operationsRoutes, metrics: metrics)
        }
        let webhookServer = HTTPServer(
            configuration: operations.webhookServer(certificate, metrics, limits.limits),
            group: group,
            logger: logger,
            onShutdown: { readiness.fail(.shutdown, "the process is stopping") }
        ) {
            let admission = AdmissionRoute(
                controller: controller,
                lookups: feeds.lookups,
                events: events,
                requiresClientCertificate: requiresClientCertificate,
                metrics: metrics,
                log: admissionLog
            )
            return WebhookResponder(health: health, admission: admission, metrics: metrics)
        }

        let scans = cluster.scans(
            indexes,
            client: client,
            providers: providers,
            factory: registry,
            logger: logger
        )
        // The steps of start and stop interest nobody but when they fail.
        var lifecycleLogger = logger
        lifecycleLogger.logLevel = .warning
        // Stopped from the last to the first: the webhook while its sources and the health paths still work.
        let recorders: [any Service] = events.map { [$0] } ?? []
        let services: [any Service] =
            feeds.services + recorders + scans + [certificateSource, metricsServer, webhookServer]
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
                logger: lifecycleLogger
            )
        )
        try await serviceGroup.run()
        try await group.shutdownGracefully()
        logger.info("stopped")
    }
}
