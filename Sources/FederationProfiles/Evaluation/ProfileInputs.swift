package import PodIdentity

/// What a profile reads of a pod and of the objects around it.
package struct ProfileInputs {
    /// An object that is looked up.
    package enum Object<Value> {
        case known(Value)
        /// The object does not exist.
        case absent
        /// The object has not been looked up yet.
        case unknown
        /// The object could not be looked up, for this reason.
        case unavailable(String)
    }

    package var namespace: String
    package var serviceAccountName: String
    package var podName = ""
    package var podGenerateName = ""
    package var isForWindows = false
    package var serviceAccount: Object<Annotations>
    package var podAnnotation: (String) -> String?
    package var podLabel: (String) -> String?
    /// The labels of the pod's Namespace.
    package var namespaceLabels: Object<(String) -> String?>

    package init(
        namespace: String,
        serviceAccountName: String,
        serviceAccount: Object<Annotations>,
        podAnnotation: @escaping (String) -> String? = { _ in nil },
        podLabel: @escaping (String) -> String? = { _ in nil },
        namespaceLabels: Object<(String) -> String?> = .absent
    ) {
        self.namespace = namespace
        self.serviceAccountName = serviceAccountName
        self.serviceAccount = serviceAccount
        self.podAnnotation = podAnnotation
        self.podLabel = podLabel
        self.namespaceLabels = namespaceLabels
    }
}
