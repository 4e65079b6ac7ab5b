internal import KubernetesObjects
package import PodIdentity

/// What is known about the cluster. All event loops share it.
package struct ClusterIndexes: Sendable {
    package let serviceAccounts: AnnotationIndex
    /// The Namespaces, whose own namespace is empty; nil if they are not watched.
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

    /// What is known now about everything that a decision about the pod depends on.
    package func inputs(for pod: PodView) -> DecisionInputs {
        while true {
            let current = configurations.current
            let inputs = inputs(for: pod, current)
            // What providers read is kept while they are used. So if the same ones were used all the time, everything that they
            // read was there. Configurations change far too seldom for many rounds.
            if configurations.changeCount == current.changeCount { return inputs }
        }
    }

    private func inputs(for pod: PodView, _ configurations: ProviderConfigurations) -> DecisionInputs {
        let revision = configurations.keysRevision
        return DecisionInputs(
            serviceAccount: pod.effectiveServiceAccount.map { serviceAccounts.lookUp($0, since: revision) } ?? .absent,
            namespace: namespaces?.lookUp(NamespacedName(namespace: "", name: pod.namespace), since: revision),
            serverVersion: serverVersion?.current,
            configurations: configurations
        )
    }
}
