import Testing

@testable import GoogleIdentity

@Suite("Google's names", .timeLimit(.minutes(5)))
struct NameTests {
    @Test(
        "include the address's project, which is found as with a regular expression",
        arguments: [
            ("a@p.iam.gserviceaccount.com", "p"), ("a@b@p.iam.gserviceaccount.com", "b@p"),
            ("a@p.iam.gserviceaccount.com.iam.gserviceaccount.com", "p.iam.gserviceaccount.com"),
            ("a@p-iam-gserviceaccount-com", "p"), ("a@p.iam.gserviceaccount.com.example.com", "p"),
            ("a@.iam.gserviceaccount.com", ""), ("a@x.example.iam.gserviceaccount.com", "x.example"),
            ("a\n@p.iam.gserviceaccount.com", "p"), ("a@\np.iam.gserviceaccount.com", nil),
            ("a@péiaméxgserviceaccount.com", nil), ("a@péiam.gserviceaccount.com", "p"),
            ("1-compute@developer.gserviceaccount.com", nil), ("p.iam.gserviceaccount.com@", nil), ("", nil),
            ("@iam.gserviceaccount.com", nil), ("@@@@", nil),
        ] as [(String, String?)]
    )
    func project(email: String, expected: String?) { #expect(ServiceAccountEmail.project(in: email) == expected) }

    @Test(
        "include a provider with four parts",
        arguments: [
            ("projects/1/locations/l/workloadIdentityPools/p/providers/c", true),
            ("projects/a b/x/locations/l/workloadIdentityPools/p/q/providers/c/d", true),
            ("projects//locations/l/workloadIdentityPools/p/providers/c", false),
            ("projects/1/locations/l/workloadIdentityPools/p/providers/", false),
            ("projects/1/locations//workloadIdentityPools/p/providers/c", false),
            ("projects/1/locations/l/workloadIdentityPools//providers/c", false),
            ("projects///locations/l/workloadIdentityPools/p/providers/c", true),
            ("x/projects/1/locations/l/workloadIdentityPools/p/providers/c", false),
            ("projects/1/workloadIdentityPools/p/locations/l/providers/c", false), ("", false), ("projects/", false),
        ]
    )
    func form(text: String, isRight: Bool) { #expect(ProviderName.hasForm(text) == isRight) }

    @Test("are parsed quickly at any length")
    func long() {
        let text = String(repeating: "projects/@", count: 210)
        #expect(!ProviderName.hasForm(text) && ServiceAccountEmail.project(in: text) == nil)
    }
}
