import AWSIdentity
import JSON
import PodIdentity
import TestSupport
import Testing

@Suite("The pod that comes out is the Amazon EKS webhook's", .timeLimit(.minutes(1)))
struct ConformanceTests {
    @Test("IRSA, with its defaults and with every flag set", arguments: try ConformanceCase.all(.a, .b))
    func irsa(_ sample: ConformanceCase) throws {
        let result = try mutate(sample.pod, sample)
        let actual = ConformanceCase.normalised(result.pod)
        let expected = ConformanceCase.normalised(sample.expected)
        #expect(actual.isEquivalent(to: expected), "\(actual.pretty)\nis not\n\(expected.pretty)")
    }

    @Test("a pod that went through once gets no patch", arguments: try ConformanceCase.all(.a, .b))
    func idempotence(_ sample: ConformanceCase) throws {
        let once = try mutate(sample.pod, sample).pod
        #expect(try mutate(once, sample).patch == .array([]))
    }

    private func mutate(_ pod: JSONTree, _ sample: ConformanceCase) throws -> PureMutation {
        try PureMutation.run(
            pod,
            namespace: sample.namespace,
            serviceAccount: .known(Annotations(of: sample.serviceAccount)),
            providers: [IRSAProvider(settings: sample.profile.settings)]
        )
    }
}
