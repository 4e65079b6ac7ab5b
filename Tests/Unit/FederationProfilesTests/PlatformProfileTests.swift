import FederationProfiles
import Testing

@Suite("A platform's profile", .timeLimit(.minutes(5)))
struct PlatformProfileTests {
    static let all = LargeCloudProfiles.all + PlatformProfiles.all + ProductProfiles.all

    @Test("has no problems, and passes its own tests", arguments: all)
    func tests(_ text: String) {
        let report = ProfileReport([.init(bytes: Array(text.utf8))])
        #expect(report.problems.map(\.description) == [])
        #expect(!report.tests.isEmpty)
        let failed = report.tests.filter { !$0.hasPassed }
        #expect(failed.map(\.name) == [])
    }
}
