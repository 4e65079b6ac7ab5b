package import JSON
package import PodIdentity

/// Answers AdmissionReviews. Synchronous and without I/O: where a ServiceAccount must be looked up first it says so, and
/// is asked again with what was found.
package struct AdmissionController: Sendable {
    private let providers: ProviderChain
    private let index: ServiceAccountIndex
    private let documents: DocumentStore

    package init(
        providers: ProviderChain,
        index: ServiceAccountIndex,
        documents: DocumentStore = DocumentStore()
    ) {
        self.providers = providers
        self.index = index
        self.documents = documents
    }

    package enum Result {
        case answer(AdmissionAnswer)
        case needsServiceAccount(NamespacedName)
    }

    /// - Parameters:
    ///   - padded: as in `JSONParser.parse`.
    ///   - found: the pod's ServiceAccount, if it has been looked up for this request.
    package func review(
        _ body: UnsafeRawBufferPointer,
        padded: Bool,
        parser: JSONParser,
        found: Sources.ServiceAccount? = nil
    ) throws(AdmissionError) -> Result {
        do {
            return try parser.parse(body, padded: padded) { try review($0, found: found) }
        } catch let error as AdmissionError {
            throw error
        } catch let error as MalformedPod {
            throw .malformedPod("\(error)")
        } catch {
            throw .malformedJSON("\(error)")
        }
    }

    private func review(_ root: JSONValue, found: Sources.ServiceAccount?) throws -> Result {
        let review = try AdmissionReview(root)
        guard case .podCreation(let object) = review.subject else {
            return .answer(AdmissionAnswer(review, nil, PodOutcome(reason: .notPodCreation)))
        }
        let pod = try PodView(object, namespace: review.namespace)
        let serviceAccount = found ?? pod.serviceAccount.map(index.lookUp) ?? .absent
        let sources = Sources(serviceAccount: serviceAccount, documents: documents.current)
        var generator = SystemRandomNumberGenerator()
        guard let outcome = providers.mutate(pod, sources, using: &generator) else {
            return .needsServiceAccount(pod.serviceAccount ?? NamespacedName(namespace: pod.namespace, name: ""))
        }
        return .answer(AdmissionAnswer(review, pod, outcome))
    }
}
