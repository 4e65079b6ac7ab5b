import FederationProfiles
import JSON
import PodIdentity
import TestSupport
import Testing

/// Google and Azure as profiles, to show that the profile language is sufficient.
@Suite("A cloud's profile produces the pod of its webhook", .timeLimit(.minutes(5)))
struct RecordedCaseTests {
    @Test(
        "for Google, in the mode without helper containers",
        arguments: try CloudCase.all(.g).filter(\.isForGoogleProfile)
    )
    func google(_ sample: CloudCase) throws {
        let result = try mutate(sample, "google", [:])
        #expect((result.reason == .invalidSetting) == (sample.outcome == .denied), "\(result.warnings)")
        guard sample.outcome != .denied else { return }
        var omissions = CloudCase.Omissions()
        // Added after the recorded version.
        omissions.variables = ["CLOUDSDK_AUTH_CREDENTIAL_FILE_OVERRIDE", "CLOUDSDK_CONFIG", "GOOGLE_CLOUD_PROJECT"]
        omissions.volumes = ["gcloud-config"]
        let difference = sample.difference(result.pod, without: omissions)
        #expect(difference == nil, "\(difference ?? "")")
    }

    @Test("for Azure, without the proxy", arguments: try CloudCase.all(.z).filter(\.isForAzureProfile))
    func azure(_ sample: CloudCase) throws {
        let settings = ["tenant": "11111111-1111-1111-1111-111111111111"]
        let result = try mutate(sample, "azure", settings)
        #expect((result.reason == .invalidSetting) == (sample.outcome == .denied), "\(result.warnings)")
        guard sample.outcome != .denied else { return }
        let difference = sample.difference(result.pod)
        #expect(difference == nil, "\(difference ?? "")")
    }

    @Test("for cases with every outcome")
    func variety() throws {
        let google = try CloudCase.all(.g).filter(\.isForGoogleProfile)
        let azure = try CloudCase.all(.z).filter(\.isForAzureProfile)
        #expect(google.count == 23)
        #expect(azure.count == 24)
        for cases in [google, azure] {
            #expect(Set(cases.map(\.outcome)) == [.mutated, .unchanged, .denied])
        }
    }

    @Test("and passes its own tests", arguments: ["google", "azure"])
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
    /// The cases with the mode `direct`, except for what the profile language omits on purpose.
    fileprivate var isForGoogleProfile: Bool { isDirect && googleExemption == nil }

    /// The cases that Azure's registration selects, except for what the profile language omits on purpose.
    fileprivate var isForAzureProfile: Bool { isSelected && azureExemption == nil }
}
