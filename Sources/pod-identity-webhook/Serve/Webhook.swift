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
    /// The client of the API server; nil if files replace it.
    let client: APIClient?
    let certificate = ServingCertificate()
    private var profiles: [ProfileMonitor] = []
    private let group: MultiThreadedEventLoopGroup
    private let memory: ResidentMemory

    /// - Throws: An error if an option cannot be used, such as a kubeconfig that cannot be read.
    init(
        _ options: Serve,
        providers: ProviderChain,
        on group: MultiThreadedEventLoopGroup,
        memory: ResidentMemory,
        log: LogWriter,
        logger: Logger
    ) throws {
        self.options = options
        self.providers = providers
        self.group = group
        self.memory = memory
        self.logger = logger
        indexes = options.cluster.indexes(
            providers,
            readsNamespaces: options.identities.readsNamespaces,
            maximumWaiting: options.limits.maximumWaiting,
            serverVersion: try options.identities.serverVersion
        )
        client = try options.cluster.client(on: group, metrics: APIMetrics(factory: registry), logger: logger)
        for source in providers.dynamicConfigurations {
            profiles.append(ProfileMonitor(source.place, indexes, readiness, registry, logger))
        }
        ConfigMapMetrics.updateOnScrape(registry, providers, indexes.configurations)
        WebhookMetrics.updateOnScrape(registry, indexes.serviceAccounts, certificate, droppedLogLines: { log.dropped })
    }

    /// Runs until a signal stops it, or until a part fails.
    func run() async throws {
        // Explicit flags are processed before files that may be missing at their default paths.
        let feeds = try ClusterFeeds(self)
        let certificates = try certificates()
        let events = client.map {
            EventRecorder(client: $0, serviceAccounts: indexes.serviceAccounts, registry: registry, logger: logger)
        }
        // Services are stopped from the last to the first, so the webhook stops while its feeds and the health paths still
        // work.
        var services: [any Service] = feeds.services
        if let events { services.append(events) }
        services += scans(events)
        services += [memoryRelease, CertificateExpirationLog(certificate, logger: logger), readyLog]
        services += [certificates] + servers(feeds.lookups, events)
        try await serviceGroup(services).run()
    }

    /// The service that searches for pods without their identity, if it is enabled.
    private func scans(_ events: EventRecorder?) -> [any Service] {
        let interval = options.cluster.scanInterval.duration
        guard interval > .zero, let client else { return [] }
        return [
            PodScan(
                client: client,
                providers: providers,
                interval: interval,
                isReady: { [indexes] in indexes.areVerified },
                inputs: indexes.inputs,
                tell: { events?.recordPodsWithoutIdentity(of: $0, $1) },
                factory: registry,
                logger: logger
            )
        ]
    }

    private var readyLog: ReadyLog { ReadyLog(isReady: { [readiness] in readiness.isReady }, logger: logger) }

    private var memoryRelease: MemoryRelease {
        MemoryRelease(
            isReady: { [readiness] in readiness.isReady },
            isFinal: { [indexes] in indexes.areVerified },
            release: memory.release
        )
    }

    private func serviceGroup(_ services: [any Service]) -> ServiceGroup {
        // The steps of starting and stopping are of interest only if they fail.
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

    /// Creates the routes of an event loop.
    private typealias Routes = @Sendable () -> [any HTTPRoute]

    /// The metrics server and the webhook's server.
    private func servers(_ lookups: AdmissionRoute.Lookups, _ events: EventRecorder?) -> [any Service] {
        let (metrics, webhook) = (metricsRoutes, webhookRoutes(lookups, events))
        let paths = (metrics() + webhook()).flatMap(\.paths) + [PageRoute.cachePath]
        let requests = RequestMetrics(paths: paths, factory: registry)
        let start = HTTPServer.Start()
        func server(
            _ listener: Listener,
            _ configuration: HTTPServer.Configuration,
            _ routes: @escaping Routes,
            onShutdown: @escaping @Sendable () -> Void = {}
        ) -> HTTPServer {
            HTTPServer(
                configuration: configuration,
                group: group,
                logger: logger,
                start: start,
                onShutdown: onShutdown
            ) {
                HTTPRouter(routes(), onAnswer: requests.recorder(listener).recordResponse)
            }
        }
        let configuration = options.operations.webhookServer(
            tls: { [certificate] in certificate.context },
            delegate: ServerMetrics(.https, factory: registry),
            options.limits.limits
        )
        return [
            server(
                .metrics,
                options.operations.metricsServer(delegate: ServerMetrics(.metrics, factory: registry)),
                metrics
            ),
            server(.https, configuration, webhook) { [readiness] in readiness.shutDown() },
        ]
    }

    private var metricsRoutes: Routes {
        let showsCache = options.operations.enableDebuggingHandlers
        return { [readiness, registry, indexes] in
            let routes: [PageRoute] = [.health(readiness), .metrics(registry)]
            return routes + (showsCache ? [.cache(indexes.serviceAccounts)] : [])
        }
    }

    private func webhookRoutes(_ lookups: AdmissionRoute.Lookups, _ events: EventRecorder?) -> Routes {
        let controller = AdmissionController(providers: providers, cluster: indexes)
        let requiresClientCertificate = !options.tls.clientCaFile.isEmpty
        let metrics = AdmissionMetrics(factory: registry)
        let log = AdmissionLog(logger: logger)
        return { [readiness] in
            let admission = AdmissionRoute(
                controller: controller,
                lookups: lookups,
                events: events,
                requiresClientCertificate: requiresClientCertificate,
                metrics: metrics,
                log: log
            )
            return [admission, PageRoute.health(readiness)]
        }
    }
}
