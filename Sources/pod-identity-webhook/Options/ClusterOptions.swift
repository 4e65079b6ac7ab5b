internal import ArgumentParser
internal import ClusterState
internal import FoundationEssentials
internal import GoSyntax
internal import Kubernetes
internal import Logging
internal import NIOCore
internal import PodIdentity

/// The flags that say where ServiceAccounts and Namespaces come from.
struct ClusterOptions: ParsableArguments {
    @Option(help: "A kubeconfig file; without it, and without --kube-api, the pod's own access to its cluster.")
    var kubeconfig = ""

    @Option(help: "The URL of the API server, instead of the kubeconfig's.")
    var kubeApi = ""

    @Option(help: "The webhook's own namespace, which is also its ConfigMap's.")
    var namespace = "eks"

    @Option(help: "A file of ServiceAccounts instead of a cluster, YAML or JSON; can be repeated.")
    var serviceAccounts: [String] = []

    @Option(help: "How long a pod waits for a ServiceAccount that is not known yet; 0 for not at all.")
    var serviceAccountLookupGracePeriod = GoDuration(.seconds(1))

    @Option(help: "How many unknown ServiceAccounts are looked up in a second, in the long run.")
    var serviceAccountLookupRate = 50.0

    @Option(help: "How many unknown ServiceAccounts are looked up at once.")
    var serviceAccountLookupBurst = 100

    @Option(help: "How long after its watch was interrupted a ServiceAccount is still believed to have no role.")
    var watchStaleAfter = GoDuration(.seconds(30))

    @Option(help: "How often to look for pods without their identity; 0 for never.")
    var scanInterval = GoDuration(.zero)

    /// - Parameters:
    ///   - readsNamespaces: whether the annotations of Namespaces count.
    ///   - maximumWaiting: how many pods may wait for a configuration.
    ///   - serverVersion: the version of the API server if there is none to ask.
    func indexes(
        _ providers: ProviderChain,
        readsNamespaces: Bool,
        maximumWaiting: Int,
        serverVersion: ServerVersion
    ) -> ClusterIndexes {
        let store = ConfigurationStore(
            unread: providers.configurations.map(\.place),
            keeping: providers.keys(),
            maximumWaiting: maximumWaiting
        )
        func index() -> AnnotationIndex {
            AnnotationIndex(
                staleAfter: watchStaleAfter.duration,
                givesIdentity: { providers.givesIdentity($0, store.current) }
            )
        }
        return ClusterIndexes(
            serviceAccounts: index(),
            namespaces: readsNamespaces ? index() : nil,
            configurations: store,
            serverVersion: providers.needsServerVersion
                ? KnownServerVersion(serviceAccounts.isEmpty ? nil : serverVersion) : nil
        )
    }

    /// A client of the API server; nil if files take its place.
    func client(on group: any EventLoopGroup, metrics: APIMetrics, logger: Logger) throws -> APIClient? {
        guard serviceAccounts.isEmpty else { return nil }
        let configuration = try ClusterConfiguration.load(
            kubeConfig: kubeconfig.isEmpty ? nil : .file(kubeconfig),
            server: kubeApi.isEmpty ? nil : kubeApi,
            environment: ProcessInfo.processInfo.environment
        )
        return APIClient(configuration, on: group, metrics: metrics, logger: logger)
    }

    func validate() throws {
        guard serviceAccountLookupRate > 0, serviceAccountLookupRate.isFinite, serviceAccountLookupBurst > 0 else {
            throw ValidationError(
                "--service-account-lookup-rate and --service-account-lookup-burst must be more than 0"
            )
        }
        guard scanInterval.duration >= .zero, scanInterval.duration == .zero || serviceAccounts.isEmpty else {
            throw ValidationError("--scan-interval must not be negative, and needs a cluster: drop --service-accounts")
        }
        guard serviceAccounts.isEmpty || (kubeconfig.isEmpty && kubeApi.isEmpty) else {
            throw ValidationError("--service-accounts takes the place of a cluster: drop --kubeconfig and --kube-api")
        }
    }
}
