import AzureIdentity
import FederationProfiles
import GoogleIdentity
import JSON
import PodIdentity
import TestSupport
import Testing

/// Compares profiles for Google and Azure with the compiled providers.
@Suite("A cloud's profile produces the same as the compiled provider", .timeLimit(.minutes(5)))
struct CompiledCloudTests {
    @Test(
        "for the recorded pods of Google",
        arguments: try CloudCase.all(.g).filter { $0.googleExemption == nil }
    )
    func google(_ sample: CloudCase) throws {
        try Comparison.google(sample.pod, sample.namespace, sample.accountObject)
    }

    @Test("for the recorded pods of Azure", arguments: try CloudCase.all(.z).filter { $0.azureExemption == nil })
    func azure(_ sample: CloudCase) throws {
        try Comparison.azure(sample.pod, sample.namespace, sample.accountObject)
    }

    @Test("for nearly all recorded cases")
    func variety() throws {
        #expect(try CloudCase.all(.g).count { $0.googleExemption == nil } >= 30)
        #expect(try CloudCase.all(.z).count { $0.azureExemption == nil } >= 30)
    }

    @Test("for generated pods of Google", arguments: 0..<200)
    func generatedGoogle(_ seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let account = CloudPod.account(CloudPod.googleAnnotations, &generator)
        let pod = CloudPod.pod(CloudPod.google, &generator)
        // A profile does not read an annotation that the pod's own overrides.
        let isUnread = pod[path: ["metadata", "annotations", "cloud.google.com/token-expiration"]] != nil
        if isUnread, case .known(let annotations) = account, annotations["cloud.google.com/token-expiration"] == "1h" {
            return
        }
        try Comparison.google(pod, "shop", account)
    }

    @Test("for generated pods of Azure", arguments: 0..<200)
    func generatedAzure(_ seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let account = CloudPod.account(CloudPod.azureAnnotations, &generator)
        let pod = CloudPod.pod(CloudPod.azure, &generator)
        try Comparison.azure(pod, "shop", account)
    }

    @Test("for generated pods with every outcome", arguments: [true, false])
    func outcomes(_ isGoogle: Bool) throws {
        var outcomes: Set<String> = []
        for seed in 0..<200 {
            var generator = SeededGenerator(seed: UInt64(seed))
            let annotations = isGoogle ? CloudPod.googleAnnotations : CloudPod.azureAnnotations
            let account = CloudPod.account(annotations, &generator)
            let pod = CloudPod.pod(isGoogle ? CloudPod.google : CloudPod.azure, &generator)
            let result = try Comparison.compiled(pod, "shop", account, isGoogle: isGoogle)
            outcomes.insert(result.denial != nil ? "denied" : result.pod == pod ? "unchanged" : "mutated")
        }
        #expect(outcomes == ["denied", "unchanged", "mutated"])
    }
}

private enum Comparison {
    private static let tenant = "11111111-1111-1111-1111-111111111111"

    static func google(_ pod: JSONTree, _ namespace: String, _ account: DecisionInputs.Object) throws {
        try compare(pod, namespace, account, isGoogle: true)
    }

    static func azure(_ pod: JSONTree, _ namespace: String, _ account: DecisionInputs.Object) throws {
        try compare(pod, namespace, account, isGoogle: false)
    }

    static func compiled(
        _ pod: JSONTree,
        _ namespace: String,
        _ account: DecisionInputs.Object,
        isGoogle: Bool
    ) throws -> PureMutation {
        var azure = AzureSettings()
        azure.tenantID = tenant
        let provider: any IdentityProvider =
            isGoogle ? GoogleIdentityProvider(settings: GoogleSettings()) : AzureIdentityProvider(settings: azure)
        return try PureMutation.run(pod, namespace: namespace, serviceAccount: account, providers: [provider])
    }

    private static func compare(
        _ pod: JSONTree,
        _ namespace: String,
        _ account: DecisionInputs.Object,
        isGoogle: Bool
    ) throws {
        let name = isGoogle ? "google" : "azure"
        let set = try ProfileSet(
            [.init(bytes: try Fixtures.data("profiles/\(name).yaml"))],
            settings: ProfileSettings(isGoogle ? [:] : ["azure": ["tenant": tenant]])
        )
        let wanted = try compiled(pod, namespace, account, isGoogle: isGoogle)
        let found = try PureMutation.run(
            pod,
            namespace: namespace,
            serviceAccount: account,
            providers: set.providers
        )
        if (found.denial != nil) != (wanted.denial != nil) {
            let (own, other) = (found.denial?.message ?? "given", wanted.denial?.message ?? "given")
            Issue.record("\(own) is not \(other): \(account) \(pod.pretty)")
        }
        let pods = [found.pod, wanted.pod].map(normalised)
        guard !pods[0].isEquivalent(to: pods[1]) else { return }
        Issue.record("\(pods[0].pretty)\nis not\n\(pods[1].pretty)\nof \(account) \(pod.pretty)")
    }

    /// Volumes by name, and files from annotations with their parsed content.
    private static func normalised(_ pod: JSONTree) -> JSONTree {
        var pod = ConformanceCase.normalised(pod)
        let key = "cloud.google.com/external-credentials-json"
        if let text = pod[path: ["metadata", "annotations", key]]?.string, let file = try? JSONTree(parsing: text.utf8)
        {
            pod[path: ["metadata", "annotations"]]?[key] = file
        }
        return pod
    }
}
