internal import ArgumentParser
internal import ClusterState
internal import FoundationEssentials
internal import GoSyntax
internal import Kubernetes
internal import Logging
internal import NIOCore
internal import PodIdentity

/// The flags for the source of ServiceAccounts and Namespaces.
struct ClusterOptions: ParsableArguments {
    @Option(help: .path("A kubeconfig file. Default: in-cluster configuration, unless --kube-api is set."))
    var kubeconfig = ""

    @Option(help: .url("The URL of the API server, instead of the kubeconfig's."))
    var kubeApi = ""

    @Option(help: .name("The namespace of the webhook and of its ConfigMap."))
    var namespace = "eks"

    @Option(help: .path("Read ServiceAccounts from this file (YAML or JSON) instead of a cluster; can be repeated."))
    var serviceAccounts: [String] = []

    @Option(help: .duration("How long a pod waits while an unknown ServiceAccount is looked up; 0 disables waiting."))
    var serviceAccountLookupGracePeriod = GoDuration(.seconds(1))

    @Option(help: .value("rate", "Sustained rate of lookups of unknown ServiceAccounts per second; more than 0."))
    var serviceAccountLookupRate = 50.0

    @Option(help: .number("Lookups of unknown ServiceAccounts in a burst; at least 1."))
    var serviceAccountLookupBurst = 100

    @Option(help: .duration("How long a cached 'no role' is trusted after the watch is lost."))
    var watchStaleAfter = GoDuration(.seconds(30))

    @Option(help: .duration("How often to scan for pods that lack their identity; 0 for never."))
    var scanInterval = GoDuration(.zero)

    /// - Parameters:
    ///   - readsNamespaces: Whether the annotations of Namespaces count.
    ///   - maximumWaiting: The maximum number of pods that may wait for a configuration.
    ///   - serverVersion: The version of the API server if there is none to ask.
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

    /// A client of the API server; nil if files replace it.
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
        guard serviceAccountLookupRate > 0, serviceAccountLookupRate.isFinite else {
            throw ValidationError(
                "--service-account-lookup-rate must be a finite number above 0, not \(serviceAccountLookupRate)"
            )
        }
        guard serviceAccountLookupBurst > 0 else {
            throw ValidationError("--service-account-lookup-burst must be 1 or more, not \(serviceAccountLookupBurst)")
        }
        for (name, value) in [
            ("watch-stale-after", watchStaleAfter), ("scan-interval", scanInterval),
        ] where value.duration < .zero {
            throw ValidationError("--\(name) must be 0s or more, not \(value)")
        }
        guard scanInterval.duration == .zero || serviceAccounts.isEmpty else {
            throw ValidationError("--scan-interval needs a cluster: drop --service-accounts")
        }
        guard !serviceAccounts.contains("-") else {
            throw ValidationError("--service-accounts must name a file; standard input is not read")
        }
        guard serviceAccounts.isEmpty || (kubeconfig.isEmpty && kubeApi.isEmpty) else {
            throw ValidationError(
                "--service-accounts reads files instead of a cluster: drop --kubeconfig and --kube-api"
            )
        }
    }
}
