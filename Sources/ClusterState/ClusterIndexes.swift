internal import KubernetesObjects
package import PodIdentity

/// All that is known of the cluster, shared by all event loops.
package struct ClusterIndexes: Sendable {
    package let serviceAccounts: AnnotationIndex
    /// By names in an empty namespace; nil where the annotations of Namespaces do not count.
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

    /// What is known now of what a decision about the pod depends on.
    package func inputs(for pod: PodView) -> DecisionInputs {
        DecisionInputs(
            serviceAccount: pod.serviceAccount.map(serviceAccounts.lookUp) ?? .absent,
            namespace: namespaces?.lookUp(NamespacedName(namespace: "", name: pod.namespace)),
            configurations: configurations.current
        )
    }
}
