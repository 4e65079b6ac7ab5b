internal import Admission
internal import ClusterState
internal import CoreMetrics
internal import GoSyntax
internal import Kubernetes
internal import KubernetesObjects
internal import Logging
internal import PodIdentity
internal import ServiceLifecycle
internal import ServiceSupport

/// What fills the indexes, and what is asked where they have nothing.
struct ClusterFeeds {
    private(set) var services: [any Service] = []
    private(set) var lookups = AdmissionRoute.Lookups()

    private let options: ClusterOptions
    private let maximumWaiting: Int
    private let annotationKeys: [String]
    private let indexes: ClusterIndexes
    private let readiness: Readiness
    private let factory: any MetricsFactory
    private let logger: Logger

    /// - Parameters:
    ///   - client: nil where files take the place of the API server.
    ///   - maximumWaiting: pods that wait for lookups of one kind.
    init(
        _ options: ClusterOptions,
        client: APIClient?,
        maximumWaiting: Int,
        providers: ProviderChain,
        indexes: ClusterIndexes,
        readiness: Readiness,
        factory: any MetricsFactory,
        logger: Logger
    ) throws {
        self.options = options
        self.maximumWaiting = maximumWaiting
        lookups.configurations = indexes.configurations
        lookups.gracePeriod = options.serviceAccountLookupGracePeriod.duration
        annotationKeys = providers.serviceAccountAnnotations
        self.indexes = indexes
        self.readiness = readiness
        self.factory = factory
        self.logger = logger
        let configurationFiles = providers.configurations.compactMap {
            ConfigurationFile($0, store: indexes.configurations, logger: logger)
        }
        for file in configurationFiles { file.load() }
        services += configurationFiles as [any Service]
        guard let client else {
            try addFiles(configurations: providers.configurations)
            return
        }
        let configurations = providers.configurations.compactMap {
            ConfigMapFeed(
                $0,
                client: client,
                store: indexes.configurations,
                readiness: readiness,
                factory: factory,
                logger: logger
            )
        }
        services += configurations as [any Service]
        lookups.serviceAccounts = feed(.serviceAccounts, .serviceAccounts, indexes.serviceAccounts, client)
        guard let namespaces = indexes.namespaces else { return }
        lookups.namespaces = feed(.namespaces, .namespaces, namespaces, client)
    }

    private mutating func addFiles(configurations: [ProviderConfigurationSource]) throws {
        let files = ServiceAccountFiles(
            paths: options.serviceAccounts,
            annotationKeys: annotationKeys,
            configurations: configurations,
            serviceAccounts: indexes.serviceAccounts,
            namespaces: indexes.namespaces,
            store: indexes.configurations,
            readiness: readiness,
            logger: logger
        )
        try files.load()
        services.append(files)
    }

    /// Watches the objects of one kind.
    ///
    /// - Returns: what is asked for those that the watch has not brought; nil if nobody waits for that.
    private mutating func feed(
        _ resource: Resource,
        _ check: Readiness.Check,
        _ index: AnnotationIndex,
        _ client: APIClient
    ) -> (any AnnotationLookup)? {
        services.append(
            AnnotationFeed(
                resource,
                check: check,
                client: client,
                annotationKeys: annotationKeys,
                index: index,
                readiness: readiness,
                factory: factory,
                logger: logger
            )
        )
        let gracePeriod = options.serviceAccountLookupGracePeriod.duration
        guard gracePeriod > .zero else { return nil }
        let lookups = AnnotationLookups(
            resource,
            client: client,
            annotationKeys: annotationKeys,
            index: index,
            timeout: gracePeriod,
            rateLimit: RateLimit(
                rate: options.serviceAccountLookupRate,
                burst: options.serviceAccountLookupBurst
            ),
            maximumWaiting: maximumWaiting,
            factory: factory,
            logger: logger
        )
        services.append(lookups)
        return lookups
    }
}
