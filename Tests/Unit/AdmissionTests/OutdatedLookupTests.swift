import JSON
import PodIdentity
import TestSupport
import Testing

@testable import Admission
@testable import ClusterState
@testable import KubernetesObjects

/// The annotations that providers read may change between a lookup and the decision.
@Suite("An object from a lookup before the providers changed", .timeLimit(.minutes(5)))
struct OutdatedLookupTests {
    private struct Provider: IdentityProvider {
        let cloud = "test"
        let serviceAccountAnnotations = ["b"]

        func decide(
            _ pod: PodView,
            _ inputs: DecisionInputs,
            using generator: inout some RandomNumberGenerator
        ) -> Decision {
            switch inputs.serviceAccount {
            case .known: Decision(.leaveAlone(.noIdentity))
            default: Decision(.needs(.serviceAccount(NamespacedName(namespace: "default", name: "app"))))
            }
        }
    }

    private struct Providers: ProviderSet {
        let providers: [any IdentityProvider] = [Provider()]

        init(parsing text: [UInt8], problems: inout Warnings) throws {}
    }

    @Test("is looked up again", arguments: [(0, true), (1, false)] as [(UInt64, Bool)])
    func lookup(_ revision: UInt64, _ isOutdated: Bool) throws {
        let source = ProviderConfigurationSource(.files(["profiles"]), Providers.self)
        let store = ConfigurationStore()
        try store.update(source, Array("x".utf8))
        #expect(store.current.keysRevision == 1)
        let index = AnnotationIndex()
        index.set(
            NamespacedName(namespace: "default", name: "app"),
            AnnotationIndex.Entry(Annotations(keysRevision: 0))
        )
        let controller = AdmissionController(
            providers: ProviderChain([], dynamic: [source]),
            cluster: ClusterIndexes(serviceAccounts: index, configurations: store)
        )
        let results = AdmissionController.LookupResults(
            serviceAccount: .known(Annotations(keysRevision: revision))
        )
        let answer = try Fixtures.json("review-small.json").bytes.withUnsafeBytes { bytes in
            try controller.review(bytes, padded: false, parser: JSONParser(), results: results)
        }
        #expect((answer.value == nil) == isOutdated)
    }
}
