internal import KubernetesObjects
package import PodIdentity

/// What is known about the cluster. All event loops share it.
package struct ClusterIndexes: Sendable {
    package let serviceAccounts: AnnotationIndex
    /// The Namespaces, whose own namespace is empty; nil if they are not watched.
    package let namespaces: AnnotationIndex?
    package let configurations: ConfigurationStore

    package init(
        serviceAccounts: AnnotationIndex,
        namespaces: AnnotationIndex? = nil,
        configurations: ConfigurationStore = ConfigurationStore()
    ) {
        self.serviceAccounts = serviceAccounts
        self.namespaces = namespaces
        self.configurations = configurations
    }

    /// What is known now about everything that a decision about the pod depends on.
    package func inputs(for pod: PodView) -> DecisionInputs {
        DecisionInputs(
            serviceAccount: pod.serviceAccount.map(serviceAccounts.lookUp) ?? .absent,
            namespace: namespaces?.lookUp(NamespacedName(namespace: "", name: pod.namespace)),
            configurations: configurations.current
        )
    }
}
