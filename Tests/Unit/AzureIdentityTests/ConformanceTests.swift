import AzureIdentity
import JSON
import PodIdentity
import TestSupport
import Testing

@Suite("The resulting pod is the one of Azure's webhook", .timeLimit(.minutes(5)))
struct ConformanceTests {
    @Test("if the pod has the label, and is unchanged otherwise", arguments: try CloudCase.all(.z))
    func conformance(_ sample: CloudCase) throws {
        let result = try mutate(sample.pod, sample)
        guard sample.isSelected else {
            #expect(result.patch == .array([]))
            #expect(result.denial == nil)
            return
        }
        #expect(
            (result.denial != nil) == (sample.outcome == .denied),
            "\(result.denial?.message ?? "it is not denied")"
        )
        if let difference = sample.difference(result.pod) { Issue.record("\(difference)") }
        if sample.outcome == .unchanged { #expect(result.patch == .array([])) }
    }

    @Test("and does not change on a second call", arguments: try CloudCase.all(.z))
    func idempotence(_ sample: CloudCase) throws {
        let once = try mutate(sample.pod, sample).pod
        #expect(try mutate(once, sample).patch == .array([]))
    }

    @Test("in cases of every kind")
    func variety() throws {
        let cases = try CloudCase.all(.z)
        #expect(cases.count == 50)
        #expect(cases.contains { !$0.isSelected } && cases.contains { $0.rerunOf != nil })
        #expect(Set(cases.filter(\.isSelected).map(\.outcome)) == [.mutated, .unchanged, .denied])
    }

    private func mutate(_ pod: JSONTree, _ sample: CloudCase) throws -> PureMutation {
        var settings = AzureSettings()
        settings.tenantID = "11111111-1111-1111-1111-111111111111"
        return try PureMutation.run(
            pod,
            namespace: sample.namespace,
            serviceAccount: sample.accountObject,
            serverVersion: ServerVersion(1, 36),
            providers: [AzureIdentityProvider(settings: settings)]
        )
    }
}
