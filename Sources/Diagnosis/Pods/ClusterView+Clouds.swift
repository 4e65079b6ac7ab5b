internal import JSON
internal import KubernetesObjects
internal import PodIdentity

/// The flags with which remedies change the webhook's behaviour for one cloud.
package struct CloudFlags: Equatable, Sendable {
    /// The flag with the prefix of the annotations, with its dashes; nil if there is none.
    package var annotationPrefix: String?
    /// The flag with the folder in which containers find their token; nil if there is none.
    package var tokenMountPath: String?

    package init(annotationPrefix: String? = nil, tokenMountPath: String? = nil) {
        self.annotationPrefix = annotationPrefix
        self.tokenMountPath = tokenMountPath
    }
}

extension ClusterView {
    /// The name of a cloud in messages; nil if there is only one, which needs no name.
    func name(of cloud: String) -> String? { providers.cloudNames(configurations).count > 1 ? cloud : nil }

    /// The word for an identity in messages.
    ///
    /// - Parameter cloud: Nil for an identity of any cloud.
    func noun(of cloud: String? = nil) -> String { providers.noun(of: cloud, configurations) }

    /// The code of a finding about an identity whose name is malformed.
    func malformedCode(of cloud: String?) -> Finding.Code {
        noun(of: cloud) == "role" ? .malformedRole : .malformedIdentity
    }

    // MARK: Decisions

    func decisions(for pod: PodView) -> [CloudDecision] {
        var generator = SystemRandomNumberGenerator()
        return providers.decideEach(pod, inputs(for: pod), using: &generator)
    }

    /// Empty for a pod that cannot be read.
    func decisions(for pod: DryRunPod) -> [CloudDecision] {
        let found: [CloudDecision]? = try? JSONParser().parse(pod.json) { root in
            decisions(for: try PodView(root, namespace: pod.account.namespace))
        }
        return found ?? []
    }

    /// Whether a pod of the ServiceAccount should get an identity of any cloud, or is denied for one.
    func hasIdentity(_ account: NamespacedName) -> Bool { isWanted(plainPod(of: account)) }

    /// Whether the pod should get an identity of any cloud, or is denied for one.
    func isWanted(_ pod: DryRunPod) -> Bool { decisions(for: pod).contains(where: \.isWanted) }

    /// A plain pod of the ServiceAccount, with the labels that the clouds of its annotations require.
    func plainPod(
        of account: NamespacedName,
        image: String = DryRunPod.image,
        resources: KeyValuePairs<String, JSONTree> = [:]
    ) -> DryRunPod {
        let pod = DryRunPod.plain(account, image: image, resources: resources)
        let annotations = accounts[account]?.annotations ?? Annotations()
        let labels = providers.providers(configurations).filter { $0.givesIdentity(annotations) }.flatMap(\.podLabels)
        return labels.sorted { $0.key < $1.key }.reduce(pod) { $0.labelled($1.key, $1.value) }
    }
}

extension CloudDecision {
    /// Whether the pod gets an identity, or is denied for one.
    var isWanted: Bool { injection != nil || denial != nil }
}
