package import ClusterState
package import JSON
internal import KubernetesObjects
package import PodIdentity

/// Answers AdmissionReviews. Synchronous and without I/O: where something must be looked up first it says so, and is asked
/// again with what was found.
package struct AdmissionController: Sendable {
    private let providers: ProviderChain
    private let cluster: ClusterIndexes

    package init(providers: ProviderChain, cluster: ClusterIndexes) {
        self.providers = providers
        self.cluster = cluster
    }

    /// What has been looked up for a request; nil for what has not.
    package struct Found: Equatable, Sendable {
        package var serviceAccount: DecisionInputs.Object?
        package var namespace: DecisionInputs.Object?
        /// Configurations that were waited for in vain.
        package var unavailableConfigurations: [ProviderConfigurationSource.Place] = []

        package init(serviceAccount: DecisionInputs.Object? = nil, namespace: DecisionInputs.Object? = nil) {
            self.serviceAccount = serviceAccount
            self.namespace = namespace
        }

        /// With what was found for a need, whatever it is: it is not asked for again.
        package func with(_ object: DecisionInputs.Object, for need: DecisionInputs.Need) -> Found {
            let object = object == .unknown ? .unavailable("it is not known") : object
            var found = self
            switch need {
            case .serviceAccount: found.serviceAccount = object
            case .namespace: found.namespace = object
            case .configuration(let place): found.unavailableConfigurations.append(place)
            }
            return found
        }
    }

    /// - Parameter padded: as in `JSONParser.parse`.
    package func review(
        _ body: UnsafeRawBufferPointer,
        padded: Bool,
        parser: JSONParser,
        found: Found = Found()
    ) throws(AdmissionError) -> Answer<AdmissionResponse> {
        do {
            return try parser.parse(body, padded: padded) { try review($0, found) }
        } catch let error as AdmissionError {
            throw error
        } catch let error as MalformedPod {
            throw .malformedPod("\(error)")
        } catch {
            throw .malformedJSON("\(error)")
        }
    }

    private func review(_ root: JSONValue, _ found: Found) throws -> Answer<AdmissionResponse> {
        let review = try AdmissionReview(root)
        switch review.subject {
        case .podCreation(let object):
            return try create(PodView(object, namespace: review.namespace), review, found)
        case .ephemeralContainers(let object, let old):
            let pod = try PodView(object, namespace: review.namespace)
            let existing = try old.map { try PodView($0, namespace: review.namespace).ephemeralContainers() } ?? []
            let outcome = try providers.mutateEphemeralContainers(of: pod, except: Set(existing.map(\.name)))
            return .ready(AdmissionResponse(review, pod: pod, outcome))
        case .serviceAccount(let object, let name):
            let name = NamespacedName(namespace: review.namespace, name: name)
            let annotations = Annotations(of: object, beginningWith: providers.annotationPrefixes)
            let problems = providers.problems(ofServiceAccount: annotations)
            let outcome = PodOutcome(reason: .serviceAccountChecked, warnings: problems)
            return .ready(AdmissionResponse(review, serviceAccount: name, outcome))
        case .other:
            return .ready(AdmissionResponse(review, PodOutcome(reason: .notPodCreation)))
        }
    }

    private func create(
        _ pod: PodView,
        _ review: AdmissionReview,
        _ found: Found
    ) throws(MalformedPod) -> Answer<AdmissionResponse> {
        var inputs = cluster.inputs(for: pod)
        if let serviceAccount = found.serviceAccount { inputs.serviceAccount = serviceAccount }
        if let namespace = found.namespace { inputs.namespace = namespace }
        for place in found.unavailableConfigurations { inputs.configurations.giveUp(place) }
        var generator = SystemRandomNumberGenerator()
        return try providers.mutate(pod, inputs, using: &generator).map { AdmissionResponse(review, pod: pod, $0) }
    }
}

extension Annotations {
    /// More of one provider than it knows are misspelt, and told of as long as there is room for warnings.
    private static let maximumCount = 64

    /// The annotations of an object whose keys begin with one of the prefixes. Those that are not strings, which the API
    /// server refuses, are left out.
    fileprivate init(of object: JSONValue, beginningWith prefixes: [String]) {
        self.init()
        guard let entries = object["metadata"]?["annotations"], entries.kind == .object else { return }
        var count = 0
        for (key, value) in entries.members {
            guard let value = value.text, prefixes.contains(where: { key.utf8.starts(with: $0.utf8) }) else { continue }
            count += 1
            guard count <= Self.maximumCount else { return }
            self[key.string(cutTo: Annotations.maximumKey)] = value.string(cutTo: Annotations.maximumValue)
        }
    }
}
