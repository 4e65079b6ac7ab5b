import GoogleIdentity
import JSON
import PodIdentity
import TestSupport
import Testing

@testable import Diagnosis

@Suite("An existing pod with a Google identity", .timeLimit(.minutes(5)))
struct GoogleExaminationTests {
    private static let providers: [any IdentityProvider] = [GoogleIdentityProvider(settings: GoogleSettings())]

    private static func account(_ name: String, _ mode: String) -> DecisionInputs.Object {
        var annotations = Annotations()
        annotations["cloud.google.com/workload-identity-provider"] =
            "projects/123456789012/locations/global/workloadIdentityPools/clusters/providers/one"
        annotations["cloud.google.com/service-account-email"] = "\(name)@shop.iam.gserviceaccount.com"
        annotations["cloud.google.com/injection-mode"] = mode
        return .known(annotations)
    }

    private static let plain =
        #"{"metadata": {"name": "p"}, "spec": {"serviceAccountName": "app", "containers": [{"name": "main"}]}}"#

    private static func examine(_ pod: JSONTree, _ account: DecisionInputs.Object) throws -> PodExamination? {
        try JSONParser().parse(pod.bytes) { root in
            let inputs = DecisionInputs(serviceAccount: account)
            return CloudExamination.all(of: try PodView(root, namespace: "n"), inputs, ProviderChain(providers))
        }.first?.result
    }

    private static func mutate(_ pod: JSONTree, _ account: DecisionInputs.Object) throws -> JSONTree {
        try PureMutation.run(pod, namespace: "n", serviceAccount: account, providers: providers).pod
    }

    @Test(
        "differs if its ServiceAccount was given another identity since, and a new pod like it has the new one",
        arguments: [("direct", "main", "…s/-/serviceAccounts/"), ("gcloud", "gcloud-setup", "")]
    )
    func other(mode: String, container: String, beginning: String) throws {
        let old = try Self.mutate(try JSONTree(parsing: Self.plain.utf8), Self.account("old", mode))
        #expect(
            try Self.examine(old, Self.account("old", mode)) == .complete(identity: "old@shop.iam.gserviceaccount.com")
        )
        guard case .lacking(let gap)? = try Self.examine(old, Self.account("new", mode)) else {
            Issue.record("nothing is missing")
            return
        }
        #expect(gap.defects.map(\.kind) == [.otherIdentity] && gap.containers == [container])
        let text = try #require(gap.defects.first?.text)
        #expect(
            text.contains(" is \"\(beginning)") && text.contains("old@shop") && text.contains("new@shop"),
            "\(text)"
        )
        #expect(text.utf8.count < 600)
        let replaced = try Self.mutate(old, Self.account("new", mode))
        #expect(
            try Self.examine(replaced, Self.account("new", mode))
                == .complete(identity: "new@shop.iam.gserviceaccount.com")
        )
        #expect(!String(decoding: replaced.bytes, as: UTF8.self).contains("old@shop"))
    }

    @Test("has lost it if the annotation with its configuration is gone")
    func gone() throws {
        var pod = try Self.mutate(try JSONTree(parsing: Self.plain.utf8), Self.account("old", "direct"))
        pod[path: ["metadata", "annotations", "cloud.google.com/external-credentials-json"]] = nil
        guard case .lacking(let gap)? = try Self.examine(pod, Self.account("old", "direct")) else {
            Issue.record("nothing is missing")
            return
        }
        #expect(gap.defects.map(\.text) == ["cloud.google.com/external-credentials-json is not set"])
    }
}
