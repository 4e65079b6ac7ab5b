package import PodIdentity

/// What is known about the cluster. All event loops share it.
package struct ClusterIndexes: Sendable {
    package let serviceAccounts: AnnotationIndex
    /// The Namespaces, under names with an empty namespace; nil if Namespaces are not watched.
    package let namespaces: AnnotationIndex?
    package let configurations: ConfigurationStore
    /// The version of the API server; nil if nothing depends on it.
    package let serverVersion: KnownServerVersion?

    package init(
        serviceAccounts: AnnotationIndex,
        namespaces: AnnotationIndex? = nil,
        configurations: ConfigurationStore = ConfigurationStore(),
        serverVersion: KnownServerVersion? = nil
    ) {
        self.serviceAccounts = serviceAccounts
        self.namespaces = namespaces
        self.configurations = configurations
        self.serverVersion = serverVersion
    }

    /// Whether all indexes have a list that is not provisional.
    package var areVerified: Bool { serviceAccounts.isVerified && namespaces?.isVerified ?? true }

    /// What is currently known about everything that a decision about the pod depends on.
    package func inputs(for pod: PodView) -> DecisionInputs { ClusterReader(self, capacity: 1).inputs(for: pod) }
}
