package import Kubernetes
package import KubernetesObjects
package import NIOCore
package import PodIdentity

/// Finds out why pods are without their identity. Looks at the webhook's registration, its certificate and its endpoints,
/// asks for a pod of each ServiceAccount with a role, and looks through the existing pods. Does not change anything.
package struct Doctor: Sendable {
    package struct Options: Sendable {
        /// The name of the MutatingWebhookConfiguration.
        package var webhookConfiguration = "pod-identity-webhook"
        /// The ServiceAccount that the webhook runs as; nil to find it through the pods of its Service.
        package var webhookServiceAccount: NamespacedName?
        /// Whether ServiceAccounts without a role get it from the annotations of their Namespace.
        package var readsNamespaces = false
        /// The address at which the webhook can be reached from here; nil to use the addresses that the cluster knows.
        package var connect: (host: String, port: Int)?
        /// The namespace to look at; nil for all.
        package var namespace: String?
        /// The name of the only ServiceAccount to look at; nil for all.
        package var serviceAccount: String?
        /// The name of the only pod to look at, which is in `namespace`; nil for all.
        package var pod: String?

        package init() {}
    }

    static let accessCommand =
        "kubectl apply -f deploy/optional/doctor.yaml  # and bind the ClusterRole to whoever runs doctor"

    let client: APIClient
    let group: any EventLoopGroup
    let options: Options
    let now: Timestamp
    private let providers: ProviderChain
    private let configurations: ProviderConfigurations

    /// - Parameters:
    ///   - configurations: The content of those of the providers' configurations that are files.
    ///   - now: The time that certificates are judged by.
    package init(
        client: APIClient,
        on group: any EventLoopGroup,
        providers: ProviderChain,
        configurations: ProviderConfigurations,
        options: Options,
        now: Timestamp
    ) {
        self.client = client
        self.group = group
        self.providers = providers
        self.configurations = configurations
        self.options = options
        self.now = now
    }

    /// - Throws: If the cluster cannot be reached, or does not accept the credentials. A request that is not allowed to the
    ///   user is a finding instead.
    package func examine() async throws(KubernetesError) -> Report {
        var report = Report(cluster: "\(client.server)")
        var cluster = ClusterView(
            providers: providers,
            readsNamespaces: options.readsNamespaces,
            configurations: configurations
        )
        try await examineWebhook(&cluster, &report)
        let hasAccounts = try await report.attempt(.serviceAccounts) { () async throws(KubernetesError) in
            try await cluster.readAccounts(options.namespace, client)
            return true
        }
        _ = try await report.attempt(.serviceAccounts) { () async throws(KubernetesError) in
            try await cluster.readNamespaces(options.namespace, client)
        }
        _ = try await report.attempt(.serviceAccounts) { () async throws(KubernetesError) in
            try await cluster.readConfigMaps(client)
        }
        guard hasAccounts ?? false else { return report }
        let known = cluster
        try await cluster.workloads.read(options.namespace, client) { known.roleSource(of: $0) != nil }
        if let name = options.pod {
            try await examinePod(name, cluster, &report)
        } else {
            try await examinePods(cluster, &report)
        }
        return report
    }
}
