internal import Admission
internal import ClusterState
internal import GoSyntax
internal import Kubernetes
internal import PodIdentity
internal import ServiceLifecycle
internal import ServiceSupport

/// The services that keep the indexes up to date, and the lookups of objects that are not in the indexes.
struct ClusterFeeds {
    private(set) var services: [any Service] = []
    private(set) var lookups = AdmissionRoute.Lookups()
    private let webhook: Webhook

    /// - Throws: `ClusterStateError` if ServiceAccounts come from files that cannot be used.
    init(_ webhook: Webhook) throws {
        self.webhook = webhook
        let (indexes, configurations) = (webhook.indexes, webhook.providers.configurations)
        lookups.configurations = indexes.configurations
        // The EKS webhook treats a negative period as none.
        lookups.gracePeriod = max(.zero, webhook.options.cluster.serviceAccountLookupGracePeriod.duration)
        for source in configurations {
            if let files = ConfigurationFiles(source, store: indexes.configurations, logger: webhook.logger) {
                files.load()
                services.append(files)
            }
            guard let file = ConfigurationFile(source, store: indexes.configurations, logger: webhook.logger) else {
                continue
            }
            file.load()
            services.append(file)
        }
        guard let client = webhook.client else {
            let files = ServiceAccountFiles(
                paths: webhook.options.cluster.serviceAccounts,
                configurations: configurations,
                indexes: indexes,
                readiness: webhook.readiness,
                logger: webhook.logger
            )
            try files.load()
            services.append(files)
            return
        }
        for source in configurations { addConfigMap(source, client) }
        if let version = indexes.serverVersion {
            services.append(
                ServerVersionFeed(
                    client: client,
                    version: version,
                    readiness: webhook.readiness,
                    logger: webhook.logger
                )
            )
        }
        lookups.serviceAccounts = addFeed(.serviceAccounts, .serviceAccounts, indexes.serviceAccounts, client)
        guard let namespaces = indexes.namespaces else { return }
        lookups.namespaces = addFeed(.namespaces, .namespaces, namespaces, client)
    }

    private mutating func addConfigMap(_ source: ProviderConfigurationSource, _ client: APIClient) {
        let feed = ConfigMapFeed(
            source,
            client: client,
            store: webhook.indexes.configurations,
            readiness: webhook.readiness,
            factory: webhook.registry,
            logger: webhook.logger
        )
        if let feed { services.append(feed) }
    }

    /// Watches the objects of one kind.
    ///
    /// - Returns: The lookup of objects that the watch has not reported yet; nil if pods do not wait for them.
    private mutating func addFeed(
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
                store: webhook.indexes.configurations,
                index: index,
                hasLookups: lookups.gracePeriod > .zero,
                readiness: webhook.readiness,
                factory: webhook.registry,
                logger: webhook.logger
            )
        )
        guard lookups.gracePeriod > .zero else { return nil }
        let options = webhook.options.cluster
        let lookup = AnnotationLookups(
            resource,
            client: client,
            store: webhook.indexes.configurations,
            index: index,
            timeout: lookups.gracePeriod,
            rateLimit: RateLimit(rate: options.serviceAccountLookupRate, burst: options.serviceAccountLookupBurst),
            maximumWaiting: webhook.options.limits.maximumWaiting,
            factory: webhook.registry,
            logger: webhook.logger
        )
        services.append(lookup)
        return lookup
    }
}
