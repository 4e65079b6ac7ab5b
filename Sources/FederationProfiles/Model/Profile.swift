/// A federation as described in a document, with the settings of the installation: nothing is left to parse when a pod
/// arrives.
package struct Profile: Equatable, Sendable {
    package let name: String
    /// The prefix of annotations and labels whose names contain no slash, without a slash itself.
    package let prefix: String

    var onMissingServiceAccount = OnMissingServiceAccount.skip
    var onInvalid = OnInvalid.deny
    /// Each parameter comes after those that it depends on.
    var parameters: [Parameter] = []
    var use = UseRules()
    var containers = ContainerRules()
    var volumes: [VolumeRules] = []
    var environment: [EnvironmentRules] = []
    var metadata = MetadataRules()
    /// Variables that take precedence over the identity if a container sets them.
    var overriding: [String] = []
    /// The text for human readers that names the identity: the first one without an empty hole.
    var identity: [Template] = []

    init(name: String, prefix: String) {
        self.name = name
        self.prefix = prefix
    }
}

extension Profile {
    /// The keys of the annotations that are read from a ServiceAccount.
    package var serviceAccountAnnotations: [String] { annotations(of: .serviceAccount) }

    /// The keys of the annotations that are read from a pod.
    package var podAnnotations: [String] { annotations(of: .pod) }

    /// The keys of the labels that are read from a pod.
    package var podLabels: [String] {
        let labels = ([use.common] + use.anyOf).flatMap(\.podLabels).map(\.key)
        return distinct(labels + (use.skipLabel.map { [$0] } ?? []))
    }

    /// The keys of the labels that are read from a Namespace.
    package var namespaceLabels: [String] {
        distinct(([use.common] + use.anyOf).flatMap(\.namespaceLabels).map(\.key))
    }

    /// Whether the result depends on the name of the pod.
    var readsPodName: Bool { volumes.contains(where: \.hasPodHash) }

    package var needsNamespace: Bool { use.needsNamespace }

    /// The labels that a pod must have to get an identity from this profile.
    package var requiredPodLabels: [(key: String, value: String)] {
        use.common.podLabels.map { ($0.key, $0.value) }
    }

    /// The label with which a pod opts out of this profile.
    package var skipLabel: String? { use.skipLabel }

    private func annotations(of place: Parameter.Place) -> [String] {
        let keys = parameters.flatMap(\.sources).compactMap { source in
            if case .annotation(let key, let places) = source.origin, places.contains(place) { key } else { nil }
        }
        return distinct(keys + (containers.places.contains(place) ? containers.keys : []))
    }

    private func distinct(_ keys: [String]) -> [String] {
        keys.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
    }

}
