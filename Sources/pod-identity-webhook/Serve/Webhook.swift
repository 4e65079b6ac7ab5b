internal import Admission
internal import ClusterState
internal import Diagnosis
internal import HTTPServer
internal import Kubernetes
internal import Logging
internal import NIOPosix
internal import Operations
internal import PodIdentity
internal import Prometheus
internal import ServiceLifecycle
internal import ServiceSupport
internal import ServingCertificates
internal import UnixSignals

/// All parts of the webhook, as they depend on each other.
struct Webhook {
    private let options: Serve
    private let providers: ProviderChain
    private let group: MultiThreadedEventLoopGroup
    private let logger: Logger

    private let registry: PrometheusRegistry
    private let readiness: Readiness
    private let indexes: ClusterIndexes
    /// Nil where files stand in for a cluster.
    private let client: APIClient?
    private let certificate = ServingCertificate()

    /// - Throws: for options that cannot be used, such as a kubeconfig that cannot be read.
    init(
        _ options: Serve,
        providers: ProviderChain,
        on group: MultiThreadedEventLoopGroup,
        log: LogWriter,
        logger: Logger
    )
        throws
    {
        self.options = options
        self.providers = providers
        self.group = group
        self.logger = logger
        registry = WebhookMetrics.registry()
        readiness = Readiness()
        indexes = options.cluster.indexes(
            providers,
            readsNamespaces: options.identities.aws.namespaceRoles,
            maximumWaiting: options.limits.maximumWaiting
        )
        client = try options.cluster.client(on: group, logger: logger)
        WebhookMetrics.update(registry, indexes.serviceAccounts, certificate, droppedLogLines: { log.dropped })
    }

    /// Runs until a signal to stop, or until a part fails.
    func run() async throws {
        let feeds = try ClusterFeeds(
            options.cluster,
            client: client,
            maximumWaiting: options.limits.maximumWaiting,
            providers: providers,
            indexes: indexes,
            readiness: readiness,
            factory: registry,
            logger: logger
        )
        let certificates = try options.certificates.source(
            tls: options.tls,
            namespace: options.cluster.namespace,
            client: client,
            certificate: certificate,
            readiness: readiness,
            factory: registry,
            logger: logger
        )
        let events = client.map {
            EventRecorder(client: $0, serviceAccounts: indexes.serviceAccounts, logger: logger)
        }
        let scans = options.cluster.scans(
            indexes,
            client: client,
            providers: providers,
            factory: registry,
            logger: logger
        )
        // They are stopped from the last to the first: the webhook while its sources and the health paths still work.
        var services: [any Service] = feeds.services
        if let events { services.append(events) }
        services += scans
        services += [certificates, metricsServer(), webhookServer(feeds.lookups, events)]
        try await serviceGroup(services).run()
    }

    private func serviceGroup(_ services: [any Service]) -> ServiceGroup {
        // The steps of starting and stopping are of interest only when they fail.
        var lifecycleLogger = logger
        lifecycleLogger.logLevel = .warning
        return ServiceGroup(
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
    }

    // MARK: Servers

    private func metricsServer() -> HTTPServer {
        let showsCache = options.operations.enableDebuggingHandlers
        return server(options.operations.metricsServer) { [readiness, registry, indexes] in
            let routes: [any HTTPRoute] = [HealthRoute(readiness: readiness), MetricsRoute(registry: registry)]
            return routes + (showsCache ? [CacheRoute(index: indexes.serviceAccounts)] : [])
        }
    }

    private func webhookServer(_ lookups: AdmissionRoute.Lookups, _ events: EventRecorder?) -> HTTPServer {
        let configuration = options.operations.webhookServer(
            tls: { [certificate] in certificate.context },
            delegate: ServerMetrics(factory: registry),
            options.limits.limits
        )
        let controller = AdmissionController(providers: providers, cluster: indexes)
        let requiresClientCertificate = !options.tls.clientCaFile.isEmpty
        let metrics = AdmissionMetrics(factory: registry)
        let log = AdmissionLog(logger: logger)
        let health = HealthRoute(readiness: readiness)
        return server(configuration, onShutdown: { [readiness] in readiness.shutDown() }) {
            let admission = AdmissionRoute(
                controller: controller,
                lookups: lookups,
                events: events,
                requiresClientCertificate: requiresClientCertificate,
                metrics: metrics,
                log: log
            )
            return [admission, health]
        }
    }

    /// - Parameter routes: is called once for each event loop.
    private func server(
        _ configuration: HTTPServer.Configuration,
        onShutdown: @escaping @Sendable () -> Void = {},
        routes: @escaping @Sendable () -> [any HTTPRoute]
    ) -> HTTPServer {
        let requests = RequestMetrics(paths: WebhookMetrics.paths, factory: registry)
        return HTTPServer(configuration: configuration, group: group, logger: logger, onShutdown: onShutdown) {
            HTTPRouter(routes(), onAnswer: requests.answering)
        }
    }
}
