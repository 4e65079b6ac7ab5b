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
        #expect(google.count == 23)
        #expect(azure.count == 24)
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
    fileprivate var isForGoogleProfile: Bool { isDirect && googleExemption == nil }

    /// The cases that Azure's registration selects, without what the language leaves out on purpose.
    fileprivate var isForAzureProfile: Bool { isSelected && azureExemption == nil }
}
