import FederationProfiles
import JSON
import PodIdentity
import TestSupport
import Testing

/// Google and Azure as profiles, which shows that the language is big enough.
@Suite("A cloud as a profile gives the pod that its webhook gives", .timeLimit(.minutes(5)))
struct RecordedCaseTests {
    @Test(
        "of Google, in the mode without helper containers",
        arguments: try CloudCase.all(.g).filter(\.isForGoogleProfile)
    )
    func google(_ sample: CloudCase) throws {
        let result = try mutate(sample, "google", [:])
        #expect((result.reason == .invalidSetting) == (sample.outcome == .denied), "\(result.warnings)")
        guard sample.outcome != .denied else { return }
        var omissions = CloudCase.Omissions()
        // Newer than what was recorded.
        omissions.variables = ["CLOUDSDK_AUTH_CREDENTIAL_FILE_OVERRIDE", "CLOUDSDK_CONFIG", "GOOGLE_CLOUD_PROJECT"]
        omissions.volumes = ["gcloud-config"]
        let difference = sample.difference(result.pod, without: omissions)
        #expect(difference == nil, "\(difference ?? "")")
    }

    @Test("of Azure, without the proxy", arguments: try CloudCase.all(.z).filter(\.isForAzureProfile))
    func azure(_ sample: CloudCase) throws {
        let settings = ["tenant": "11111111-1111-1111-1111-111111111111"]
        let result = try mutate(sample, "azure", settings)
        #expect((result.reason == .invalidSetting) == (sample.outcome == .denied), "\(result.warnings)")
        guard sample.outcome != .denied else { return }
        let difference = sample.difference(result.pod)
        #expect(difference == nil, "\(difference ?? "")")
    }

    @Test("is compared with cases of every outcome")
    func variety() throws {
        let google = try CloudCase.all(.g).filter(\.isForGoogleProfile)
        let azure = try CloudCase.all(.z).filter(\.isForAzureProfile)
        #expect(google.count == 23 && azure.count == 28)
        for cases in [google, azure] {
            #expect(Set(cases.map(\.outcome)) == [.mutated, .unchanged, .denied])
        }
    }

    @Test("passes its own tests", arguments: ["google", "azure"])
    func ownTests(_ name: String) throws {
        let report = ProfileReport([.init(bytes: try Fixtures.data("profiles/\(name).yaml"))])
        #expect(report.problems.map(\.description) == [] && !report.tests.isEmpty)
    }

    private func mutate(_ sample: CloudCase, _ name: String, _ settings: [String: String]) throws -> PureMutation {
        let set = try ProfileSet(
            [.init(bytes: try Fixtures.data("profiles/\(name).yaml"))],
            settings: ProfileSettings([name: settings])
        )
        return try PureMutation.run(
            sample.pod,
            namespace: sample.namespace,
            serviceAccount: sample.accountObject,
            providers: set.providers
        )
    }
}

extension CloudCase {
    /// The cases of the mode `direct`, without what the language leaves out on purpose.
    fileprivate var isForGoogleProfile: Bool {
        guard annotation("injection-mode", "cloud.google.com")?.lowercased() == "direct" else { return false }
        // The containers that a webhook brings are no profile's, so it does not know whom to leave alone.
        guard !containers.contains(where: { $0["name"]?.string == "gcloud-setup" }) else { return false }
        // A profile replaces a variable in all of its entries, so that what it gives takes effect.
        let repeats = containers.contains { container in
            let names = container["env"]?.elements?.compactMap { $0["name"]?.string } ?? []
            return names.count { $0 == "GOOGLE_APPLICATION_CREDENTIALS" } > 1
        }
        // In a shape, unlike in the expression that the webhook reads the project with, a dot is a dot.
        let isAddress =
            annotation("service-account-email", "cloud.google.com")?.contains("-iam-gserviceaccount") != true
        // An empty annotation counts as one that is missing, and one that a pod's own takes the place of is not read.
        return isAddress && !repeats && annotation("gcloud-run-as-user", "cloud.google.com") != ""
            && (pod[path: ["metadata", "annotations", "cloud.google.com/token-expiration"]] == nil
                || annotation("token-expiration", "cloud.google.com").map { Int($0) != nil } ?? true)
    }

    /// The cases without the proxy, and without what the language leaves out on purpose.
    fileprivate var isForAzureProfile: Bool {
        let annotations = pod[path: ["metadata", "annotations"]]?.members ?? []
        let hasProxy = annotations.contains { $0.key.value == "azure.workload.identity/inject-proxy-sidecar" }
        // An empty annotation counts as one that is missing, and a real API server names the ServiceAccount of every pod.
        return isSelected && !hasProxy && annotation("tenant-id", "azure.workload.identity") != ""
            && pod[path: ["spec", "serviceAccountName"]] != nil
    }

    private var containers: [JSONTree] {
        ["initContainers", "containers"].flatMap { pod[path: ["spec", $0]]?.elements ?? [] }
    }

    /// An annotation of the ServiceAccount.
    private func annotation(_ name: String, _ prefix: String) -> String? {
        serviceAccount?[path: ["metadata", "annotations", "\(prefix)/\(name)"]]?.string
    }
}
