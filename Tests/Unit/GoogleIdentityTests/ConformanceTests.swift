import GoogleIdentity
import JSON
import PodIdentity
import TestSupport
import Testing

@Suite("The resulting pod is the one of pfnet-research's webhook", .timeLimit(.minutes(5)))
struct ConformanceTests {
    @Test("with its defaults", arguments: try CloudCase.all(.g))
    func conformance(_ sample: CloudCase) throws {
        let result = try mutate(sample.pod, sample)
        let difference = sample.googleDifference(result.pod, isDenied: result.reason == .invalidSetting)
        #expect(difference == nil, "\(difference ?? "")")
    }

    @Test("and does not change on a second call", arguments: try CloudCase.all(.g))
    func idempotence(_ sample: CloudCase) throws {
        let once = try mutate(sample.pod, sample).pod
        #expect(try mutate(once, sample).patch == .array([]))
    }

    private func mutate(_ pod: JSONTree, _ sample: CloudCase) throws -> PureMutation {
        var settings = GoogleSettings()
        settings.mode = .gcloud
        return try PureMutation.run(
            pod,
            namespace: sample.namespace,
            serviceAccount: sample.accountObject,
            providers: [GoogleIdentityProvider(settings: settings)]
        )
    }
}
