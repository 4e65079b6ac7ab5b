package import ClusterState
package import JSON
internal import KubernetesObjects
package import PodIdentity

/// Answers AdmissionReviews. It is synchronous and does no I/O: if something must be looked up first, it says so, and
/// is then called again with the result.
package struct AdmissionController: Sendable {
    private let providers: ProviderChain
    private let cluster: ClusterIndexes

    package init(providers: ProviderChain, cluster: ClusterIndexes) {
        self.providers = providers
        self.cluster = cluster
    }

    /// State that an event loop keeps between reviews. It must not be shared between threads.
    package final class Local {
        fileprivate let decisions = DecisionMemory()
        fileprivate let cluster: ClusterReader

        fileprivate init(_ cluster: ClusterIndexes) { self.cluster = ClusterReader(cluster) }
    }

    package func makeLocal() -> Local { Local(cluster) }

    /// The results of lookups for a request. A property is nil if its object has not been looked up.
    package struct LookupResults: Equatable, Sendable {
        package var serviceAccount: DecisionInputs.Object?
        package var namespace: DecisionInputs.Object?
        /// The configurations that were not read in time.
        package var unavailableConfigurations: [ProviderConfigurationSource.Place] = []

        package init(serviceAccount: DecisionInputs.Object? = nil, namespace: DecisionInputs.Object? = nil) {
            self.serviceAccount = serviceAccount
            self.namespace = namespace
        }

        /// Adds the result of a lookup. Even a result of `unknown` keeps the object from being looked up again.
        package func adding(_ object: DecisionInputs.Object, for need: DecisionInputs.Need) -> LookupResults {
            let object = object == .unknown ? .unavailable("it is not known") : object
            var results = self
            switch need {
            case .serviceAccount: results.serviceAccount = object
            case .namespace: results.namespace = object
            case .configuration(let place): results.unavailableConfigurations.append(place)
            }
            return results
        }
    }

    /// - Parameters:
    ///   - padded: Whether the body may be read beyond its end, as in `JSONParser.parse`.
    ///   - local: The state that the event loop keeps between reviews.
    ///   - results: The results of lookups for this review so far.
    package func review(
        _ body: UnsafeRawBufferPointer,
        padded: Bool,
        parser: JSONParser,
        local: Local? = nil,
        results: LookupResults = LookupResults()
    ) throws(AdmissionError) -> Answer<AdmissionResponse> {
        do {
            return try parser.parse(body, padded: padded) { try review($0, local ?? makeLocal(), results) }
        } catch let error as AdmissionError {
            throw error
        } catch let error as MalformedPod {
            throw .malformedPod("\(error)")
        } catch {
            throw .malformedJSON("\(error)")
        }
    }

    private func review(
        _ root: JSONValue,
        _ local: Local,
        _ results: LookupResults
    ) throws -> Answer<AdmissionResponse> {
        let review = try AdmissionReview(root)
        switch review.subject {
        case .podCreation(let object):
            return try create(PodView(object, namespace: review.namespace), review, local, results)
        case .ephemeralContainers(let object, let old):
            let pod = try PodView(object, namespace: review.namespace)
            let existing = try old.map { try PodView($0, namespace: review.namespace).ephemeralContainers() } ?? []
            let result = try providers.mutateEphemeralContainers(
                of: pod,
                except: Set(existing.map(\.name)),
                cluster.configurations.current
            )
            return .ready(AdmissionResponse(review, pod: pod, result))
        case .serviceAccount(let object, let name):
            let name = NamespacedName(namespace: review.namespace, name: name)
            let configurations = cluster.configurations.current
            let prefixes = providers.annotationPrefixes(configurations)
            let annotations = Annotations(of: ObjectView(object).metadata, beginningWith: prefixes)
            let problems = providers.problems(ofServiceAccount: annotations, configurations)
            let result = MutationResult(reason: .serviceAccountChecked, warnings: problems)
            return .ready(AdmissionResponse(review, serviceAccount: name, result))
        case .other:
            return .ready(AdmissionResponse(review, MutationResult(reason: .notPodCreation)))
        }
    }

    private func create(
        _ pod: PodView,
        _ review: AdmissionReview,
        _ local: Local,
        _ results: LookupResults
    ) throws(MalformedPod) -> Answer<AdmissionResponse> {
        var inputs = local.cluster.inputs(for: pod)
        // Objects that were looked up before the providers changed may lack keys that these read; they are then looked
        // up again.
        let revision = inputs.configurations.keysRevision
        if let serviceAccount = results.serviceAccount, serviceAccount.isKept(since: revision) {
            inputs.serviceAccount = serviceAccount
        }
        if let namespace = results.namespace, namespace.isKept(since: revision) { inputs.namespace = namespace }
        for place in results.unavailableConfigurations { inputs.configurations.markAsUnavailable(place) }
        var generator = SystemRandomNumberGenerator()
        switch try providers.mutate(pod, inputs, using: &generator, remembering: local.decisions) {
        case .ready(let result): return .ready(AdmissionResponse(review, pod: pod, result))
        case .needs(let need): return .needs(need)
        }
    }
}
