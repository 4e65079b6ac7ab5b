internal import ArgumentParser
internal import FoundationEssentials
internal import Kubernetes
internal import Logging
internal import NIOCore
internal import PodIdentity
internal import ServiceLifecycle
internal import Webhook

/// Where ServiceAccounts come from.
struct ClusterOptions: ParsableArguments {
    @Option(help: "A kubeconfig file; without it, and without --kube-api, the pod's own access to its cluster.")
    var kubeconfig = ""

    @Option(help: "The URL of the API server, in place of the kubeconfig's.")
    var kubeApi = ""

    @Option(help: "The webhook's own namespace, which is also its ConfigMap's.")
    var namespace = "eks"

    @Option(help: "A file of ServiceAccounts in the place of a cluster, YAML or JSON; can be repeated.")
    var serviceAccounts: [String] = []

    @Option(help: "How long a pod waits for a ServiceAccount that is not known yet; 0 for not at all.")
    var serviceAccountLookupGracePeriod = GoDuration(.seconds(1))

    @Option(help: "How many such ServiceAccounts are asked for in a second, in the long run.")
    var serviceAccountLookupRate = 50.0

    @Option(help: "How many such ServiceAccounts are asked for at once.")
    var serviceAccountLookupBurst = 100

    /// What fills the index, and what is asked where the index has nothing.
    struct Source {
        var services: [any Service]
        var lookup: (any ServiceAccountLookup)?
    }

    func source(
        providers: ProviderChain,
        index: ServiceAccountIndex,
        documents: DocumentStore,
        readiness: Readiness,
        metrics: WebhookMetrics,
        group: any EventLoopGroup,
        logger: Logger
    ) throws -> Source {
        let annotationKeys = providers.serviceAccountAnnotations
        let documentFiles = providers.documents.compactMap { DocumentFile($0, store: documents, logger: logger) }
        for file in documentFiles { file.load() }
        guard serviceAccounts.isEmpty else {
            let files = ServiceAccountFiles(
                paths: serviceAccounts,
                annotationKeys: annotationKeys,
                documents: providers.documents,
                index: index,
                store: documents,
                readiness: readiness,
                logger: logger
            )
            try files.load()
            return Source(services: [files] + documentFiles, lookup: nil)
        }
        let client = try client(group: group, logger: logger)
        let feed = ServiceAccountFeed(
            client: client,
            annotationKeys: annotationKeys,
            index: index,
            readiness: readiness,
            metrics: metrics,
            logger: logger
        )
        let configMaps = providers.documents.compactMap {
            ConfigMapFeed(
                $0,
                client: client,
                store: documents,
                readiness: readiness,
                metrics: metrics,
                logger: logger
            )
        }
        let feeds: [any Service] = [feed] + documentFiles + configMaps
        guard serviceAccountLookupGracePeriod.duration > .zero else { return Source(services: feeds, lookup: nil) }
        let lookups = ServiceAccountLookups(
            client: client,
            annotationKeys: annotationKeys,
            index: index,
            gracePeriod: serviceAccountLookupGracePeriod.duration,
            rateLimit: RateLimit(rate: serviceAccountLookupRate, burst: serviceAccountLookupBurst),
            metrics: metrics,
            logger: logger
        )
        return Source(services: feeds + [lookups], lookup: lookups)
    }

    func client(group: any EventLoopGroup, logger: Logger) throws -> APIClient {
        let configuration = try ClusterConfiguration.load(
            kubeConfig: kubeconfig.isEmpty ? nil : kubeconfig,
            server: kubeApi.isEmpty ? nil : kubeApi,
            environment: ProcessInfo.processInfo.environment
        )
        return APIClient(configuration, on: group, logger: logger)
    }

    func validate() throws {
        guard serviceAccountLookupRate > 0, serviceAccountLookupRate.isFinite, serviceAccountLookupBurst > 0 else {
            throw ValidationError(
                "--service-account-lookup-rate and --service-account-lookup-burst must be more than 0"
            )
        }
        guard serviceAccounts.isEmpty || (kubeconfig.isEmpty && kubeApi.isEmpty) else {
            throw ValidationError("--service-accounts takes the place of a cluster: drop --kubeconfig and --kube-api")
        }
    }
}
