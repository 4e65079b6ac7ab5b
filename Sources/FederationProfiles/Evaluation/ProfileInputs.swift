package import PodIdentity

/// What a profile reads from a pod and from related objects.
package struct ProfileInputs {
    package var namespace: String
    package var serviceAccountName: String
    package var podName = ""
    package var podGenerateName = ""
    package var isForWindows = false
    package var serviceAccount: DecisionInputs.Object
    /// The pod's Namespace, from which labels are read.
    package var namespaceObject: DecisionInputs.Object
    package var podAnnotation: (String) -> String?
    package var podLabel: (String) -> String?

    package init(
        namespace: String,
        serviceAccountName: String,
        serviceAccount: DecisionInputs.Object,
        namespaceObject: DecisionInputs.Object = .absent,
        podAnnotation: @escaping (String) -> String? = { _ in nil },
        podLabel: @escaping (String) -> String? = { _ in nil }
    ) {
        self.namespace = namespace
        self.serviceAccountName = serviceAccountName
        self.serviceAccount = serviceAccount
        self.namespaceObject = namespaceObject
        self.podAnnotation = podAnnotation
        self.podLabel = podLabel
    }
}
