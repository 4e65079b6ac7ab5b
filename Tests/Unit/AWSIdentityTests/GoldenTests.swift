import AWSIdentity
import JSON
import PodIdentity
import TestSupport
import Testing

@Suite("Golden pods", .timeLimit(.minutes(5)))
struct GoldenTests {
    @Test("have the expected result, byte for byte, and the expected warnings", arguments: try GoldenCase.all())
    func expected(_ sample: GoldenCase) throws {
        let result = try mutate(sample.pod, sample)
        #expect(result.pod.pretty == sample.expected.pretty)
        #expect(result.warnings == sample.warnings)
        if let reason = sample.reason { #expect(result.reason == reason) }
    }

    @Test("do not change on a second call", arguments: try GoldenCase.all())
    func idempotence(_ sample: GoldenCase) throws {
        let again = try mutate(sample.expected, sample)
        #expect(again.patch == .array([]) && again.warnings == sample.warnings)
        if let reason = sample.reason { #expect(again.reason == (reason == .injected ? .alreadyInjected : reason)) }
    }

    private func mutate(_ pod: JSONTree, _ sample: GoldenCase) throws -> PureMutation {
        try PureMutation.run(
            pod,
            namespace: "store",
            serviceAccount: .known(Annotations(of: sample.serviceAccount)),
            providers: [IRSAProvider(settings: sample.settings)]
        )
    }
}
