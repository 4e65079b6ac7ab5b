internal import Admission
internal import ClusterState
internal import Diagnosis
internal import GoSyntax
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

/// The webhook, assembled from its parts.
struct Webhook {
    let options: Serve
    let providers: ProviderChain
    let logger: Logger
    let registry = WebhookMetrics.registry()
    let readiness = Readiness()
    let indexes: ClusterIndexes
    /// The client of the API server; nil if files take its place.
    let client: APIClient?
    let certificate = ServingCertificate()
    private let group: MultiThreadedEventLoopGroup

    /// - Throws: an error if an option cannot be used, such as a kubeconfig that cannot be read.
    init(
        _ options: Serve,
        providers: ProviderChain,
        on group: MultiThreadedEventLoopGroup,
        log: LogWriter,
        logger: Logger
    ) throws {
        self.options = options
        self.providers = providers
        self.group = group
        self.logger = logger
        indexes = options.cluster.indexes(
            providers,
            readsNamespaces: options.identities.aws.namespaceRoles,
            maximumWaiting: options.limits.maximumWaiting
        )
        client = try options.cluster.client(on: group, logger: logger)
        WebhookMetrics.updateOnScrape(registry, indexes.serviceAccounts, certificate, droppedLogLines: { log.dropped })
    }

    /// Runs until a signal stops it, or until a part fails.
    func run() async throws {
        let feeds = try ClusterFeeds(self)
        let certificates = try certificates()
        let events = client.map {
            EventRecorder(client: $0, serviceAccounts: indexes.serviceAccounts, logger: logger)
        }
        // Services are stopped from the last to the first, so the webhook stops while its feeds and the health paths still
        // work.
        var services: [any Service] = feeds.services
        if let events { services.append(events) }
        services += scans()
        services += [certificates, metricsServer(), webhookServer(feeds.lookups, events)]
        try await serviceGroup(services).run()
    }

    /// The service that looks for pods without their identity, if it is wanted.
    private func scans() -> [any Service] {
        let interval = options.cluster.scanInterval.duration
        guard interval > .zero, let client else { return [] }
        return [
            PodScan(
                client: client,
                providers: providers,
                interval: interval,
                isReady: { [indexes] in indexes.serviceAccounts.isSynced && indexes.namespaces?.isSynced ?? true },
                inputs: indexes.inputs,
                factory: registry,
                logger: logger
            )
        ]
    }

    private func serviceGroup(_ services: [any Service]) -> ServiceGroup {
        // The steps of starting and stopping are only of interest if they fail.
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

    /// - Parameter routes: called once for each event loop.
    private func server(
        _ configuration: HTTPServer.Configuration,
        onShutdown: @escaping @Sendable () -> Void = {},
        routes: @escaping @Sendable () -> [any HTTPRoute]
    ) -> HTTPServer {
        let requests = RequestMetrics(paths: WebhookMetrics.paths, factory: registry)
        return HTTPServer(configuration: configuration, group: group, logger: logger, onShutdown: onShutdown) {
            HTTPRouter(routes(), onAnswer: requests.recordResponse)
        }
    }
}
