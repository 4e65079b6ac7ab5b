package import ClusterState
package import JSON
package import KubernetesObjects
package import PodIdentity

/// Answers AdmissionReviews. Synchronous and without I/O: where something must be looked up first it says so, and is asked
/// again with what was found.
package struct AdmissionController: Sendable {
    private let providers: ProviderChain
    private let serviceAccounts: AnnotationIndex
    private let namespaces: AnnotationIndex?
    private let documents: DocumentStore

    /// - Parameter namespaces: nil where the annotations of Namespaces do not count.
    package init(
        providers: ProviderChain,
        serviceAccounts: AnnotationIndex,
        namespaces: AnnotationIndex? = nil,
        documents: DocumentStore = DocumentStore()
    ) {
        self.providers = providers
        self.serviceAccounts = serviceAccounts
        self.namespaces = namespaces
        self.documents = documents
    }

    package enum Result {
        case answer(AdmissionAnswer)
        case needs(Missing)
    }

    /// What is to be looked up.
    package enum Missing: Equatable, Sendable {
        case serviceAccount(NamespacedName)
        case namespace(String)
        case document(Document.Place)
    }

    /// What has been looked up for a request; nil for what has not.
    package struct Found: Equatable, Sendable {
        package var serviceAccount: Sources.Object?
        package var namespace: Sources.Object?
        /// Documents that were waited for in vain.
        package var unavailableDocuments: [Document.Place] = []

        package init(serviceAccount: Sources.Object? = nil, namespace: Sources.Object? = nil) {
            self.serviceAccount = serviceAccount
            self.namespace = namespace
        }

        /// Whatever was found, it is not asked for again.
        package func with(_ object: Sources.Object, as missing: Missing) -> Found {
            let object = object == .unknown ? .unavailable("it is not known") : object
            var found = self
            switch missing {
            case .serviceAccount: found.serviceAccount = object
            case .namespace: found.namespace = object
            case .document(let place): found.unavailableDocuments.append(place)
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
    ) throws(AdmissionError) -> Result {
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

    private func review(_ root: JSONValue, _ found: Found) throws -> Result {
        let review = try AdmissionReview(root)
        switch review.subject {
        case .podCreation(let object):
            return try create(PodView(object, namespace: review.namespace), review, found)
        case .ephemeralContainers(let object, let old):
            let pod = try PodView(object, namespace: review.namespace)
            let existing = try old.map { try PodView($0, namespace: review.namespace).ephemeralContainers() } ?? []
            let outcome = try providers.mutateEphemeralContainers(of: pod, except: Set(existing.map(\.name)))
            return .answer(AdmissionAnswer(review, pod: pod, outcome))
        case .serviceAccount(let object, let name):
            let name = NamespacedName(namespace: review.namespace, name: name)
            let annotations = Annotations(of: ObjectView(object).metadata, beginningWith: providers.annotationPrefixes)
            let problems = providers.problems(ofServiceAccount: annotations)
            let outcome = PodOutcome(reason: .serviceAccountChecked, warnings: problems)
            return .answer(AdmissionAnswer(review, serviceAccount: name, outcome))
        case .other:
            return .answer(AdmissionAnswer(review, PodOutcome(reason: .notPodCreation)))
        }
    }

    private func create(
        _ pod: PodView,
        _ review: AdmissionReview,
        _ found: Found
    ) throws(MalformedPod) -> Result {
        var documents = documents.current
        for place in found.unavailableDocuments { documents.giveUp(place) }
        let sources = Sources(
            serviceAccount: found.serviceAccount ?? pod.serviceAccount.map(serviceAccounts.lookUp) ?? .absent,
            namespace: found.namespace
                ?? namespaces.map { $0.lookUp(NamespacedName(namespace: "", name: pod.namespace)) },
            documents: documents
        )
        var generator = SystemRandomNumberGenerator()
        switch try providers.mutate(pod, sources, using: &generator) {
        case .outcome(let outcome):
            return .answer(AdmissionAnswer(review, pod: pod, outcome))
        case .needs(.serviceAccount):
            let name = pod.serviceAccount ?? NamespacedName(namespace: pod.namespace, name: "")
            return .needs(.serviceAccount(name))
        case .needs(.namespace):
            return .needs(.namespace(pod.namespace))
        case .needs(.document(let place)):
            return .needs(.document(place))
        }
    }
}
