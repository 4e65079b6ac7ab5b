import AWSIdentity
import JSON
import PodIdentity
import TestSupport
import Testing

@Suite("The resulting pod is the Amazon EKS webhook's", .timeLimit(.minutes(5)))
struct ConformanceTests {
    @Test(
        "with its defaults, with every flag set, and with container credentials",
        arguments: try ConformanceCase.all(.a, .b, .c)
    )
    func conformance(_ sample: ConformanceCase) throws {
        let result = try mutate(sample.pod, sample)
        let actual = ConformanceCase.normalised(result.pod)
        let expected = ConformanceCase.normalised(sample.expected)
        #expect(actual.isEquivalent(to: expected), "\(actual.pretty)\nis not\n\(expected.pretty)")
    }

    @Test(
        "unless a container would not reach its token, and all containers that can reach it do",
        arguments: try ConformanceCase.all(.a, .b, .c)
    )
    func tokens(_ sample: ConformanceCase) throws {
        let result = try mutate(sample.pod, sample)
        let settings = sample.profile.settings
        let containers = ["initContainers", "containers"].flatMap { result.pod[path: ["spec", $0]]?.elements ?? [] }
        for container in containers {
            let name = container["name"]?.string ?? ""
            for (variable, path) in [
                ("AWS_WEB_IDENTITY_TOKEN_FILE", "\(settings.tokenMountPath)/token"),
                (
                    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
                    "/var/run/secrets/pods.eks.amazonaws.com/serviceaccount/eks-pod-identity-token"
                ),
            ] {
                let file = container["env"]?.elements?.last { $0["name"]?.string == variable }?["value"]?.string
                guard file == path else { continue }
                let audience = TokenOracle.audience(at: path, container, in: result.pod)
                let isTold = result.warnings.contains { $0.contains("container") && $0.contains(name) }
                #expect(audience != nil || isTold, "\(name) has no token: \(result.pod.pretty)")
            }
        }
    }

    @Test("and does not change on a second call", arguments: try ConformanceCase.all(.a, .b, .c))
    func idempotence(_ sample: ConformanceCase) throws {
        let once = try mutate(sample.pod, sample).pod
        #expect(try mutate(once, sample).patch == .array([]))
    }

    private func mutate(_ pod: JSONTree, _ sample: ConformanceCase) throws -> PureMutation {
        let settings = sample.profile.settings
        let credentials = EKSPodIdentitySettings(identitiesFile: "identities.json")
        return try PureMutation.run(
            pod,
            namespace: sample.namespace,
            serviceAccount: .known(Annotations(of: sample.serviceAccount)),
            configurations: [.file(path: "identities.json"): ConformanceCase.identities([sample]) { $0.namespace }],
            providers: [
                EKSPodIdentityProvider(settings: settings, credentials: credentials),
                IRSAProvider(settings: settings),
            ]
        )
    }
}
