import GoogleIdentity
import JSON
import PodIdentity
import TestSupport
import Testing

@Suite("Google's annotations", .timeLimit(.minutes(5)))
struct AnnotationTests {
    private static let long = String(repeating: "x", count: 3000)

    private static let denied: [([String: String], String)] = [
        (["workload-identity-provider": "projects/1"], "must be projects/NUMBER/locations/"),
        (["workload-identity-provider": ""], "must be projects/NUMBER/locations/"),
        (["workload-identity-provider": "//iam.googleapis.com/\(GooglePod.provider)"], "must be projects/"),
        (["workload-identity-provider": "\(GooglePod.provider)\n"], "must be projects/"),
        (["workload-identity-provider": GooglePod.provider + long], "more than 2100 bytes"),
        (["audience": long], "more than 2100 bytes"),
        (["injection-mode": ""], "must be direct or gcloud"),
        (["injection-mode": " direct"], "must be direct or gcloud"),
        (["token-exchange-mode": "both"], "must be service-account or direct-access"),
        (["token-expiration": "1h"], "must be a whole number of seconds, such as 3600, not \"1h\""),
        (["token-expiration": "3_600"], "must be a whole number"),
        (["gcloud-run-as-user": "root"], "must be a user ID"),
    ]

    @Test("deny the pod if they are invalid, with the place and what to do", arguments: denied)
    func denials(changes: [String: String], message: String) throws {
        let denial = try #require(try denial(GooglePod.account.merging(changes) { $1 }, pod: try GooglePod.pod()))
        #expect(denial.code == 400 && denial.reason == .invalidSetting)
        #expect(denial.message.contains(message), "\(denial.message)")
        #expect(denial.message.contains("cloud.google.com/\(changes.first?.key ?? "")"))
        #expect(denial.message.utf8.count < 400)
        let problems = GoogleIdentityProvider(settings: GoogleSettings())
            .problems(ofServiceAccount: GooglePod.annotations(GooglePod.account.merging(changes) { $1 }))
        #expect(problems.lines.first?.hasPrefix("pods are denied: ") ?? false)
    }

    @Test(
        "deny the pod if only one of two is set",
        arguments: ["workload-identity-provider", "service-account-email"]
    )
    func missing(key: String) throws {
        let denial = try #require(try denial(GooglePod.account.filter { $0.key != key }, pod: try GooglePod.pod()))
        #expect(denial.message.contains("but not cloud.google.com/\(key)"))
    }

    @Test("of a pod deny it too", arguments: ["", "x", "7200.0"])
    func ofPod(text: String) throws {
        let pod = try GooglePod.pod(annotations: ["token-expiration": text])
        #expect(try denial(GooglePod.account, pod: pod)?.message.contains("of the pod") ?? false)
        #expect(try denial(["audience": "a"], pod: pod) == nil, "without an identity, nothing is denied")
    }

    @Test("deny the pod if a list of containers is too long to be kept in full")
    func longList() throws {
        let list = (0..<300).map { "container-\($0)" }.joined(separator: ",")
        let long = try GooglePod.mutate(pod: try GooglePod.pod(annotations: ["skip-containers": list]))
        #expect(long.denial?.message.contains("skip-containers of the pod has more than 2100 bytes") ?? false)
        #expect(long.denial?.code == 400 && long.denial?.reason == .invalidSetting)
    }

    @Test("of a ServiceAccount without an identity deny nothing", arguments: denied.map(\.0))
    func withoutIdentity(annotations: [String: String]) throws {
        let rest = annotations.filter { !["workload-identity-provider", "service-account-email"].contains($0.key) }
        #expect(try GooglePod.mutate(rest).reason == .noIdentity)
    }

    private func denial(_ account: [String: String], pod: JSONTree) throws -> Denial? {
        let inputs = DecisionInputs(serviceAccount: .known(GooglePod.annotations(account)))
        let chain = ProviderChain([GoogleIdentityProvider(settings: GoogleSettings())])
        return try JSONParser().parse(pod.bytes) { root in
            var generator = SystemRandomNumberGenerator()
            return try chain.mutate(try PodView(root, namespace: "ns"), inputs, using: &generator).value?.denial
        }
    }

    @Test(
        "set the lifetime: the pod's, or else the ServiceAccount's, or else the default, at least an hour",
        arguments: [
            (nil, nil, "86400"), ("7200", nil, "7200"), ("7200", "10800", "10800"), ("7200", "0", "3600"),
            ("-1", nil, "3600"), ("10", "+4000", "4000"), ("9223372036854775807", nil, "9223372036854775807"),
        ] as [(String?, String?, String)]
    )
    func expiration(account: String?, pod: String?, expected: String) throws {
        var annotations = GooglePod.account
        annotations["token-expiration"] = account
        let result = try GooglePod.mutate(
            annotations,
            pod: try GooglePod.pod(annotations: pod.map { ["token-expiration": $0] } ?? [:])
        )
        #expect(result.expiration == expected && result.annotation("token-expiration") == expected)
    }

    @Test("set the audience, or use the default if it is empty")
    func audience() throws {
        var settings = GoogleSettings()
        settings.tokenAudience = "default.example.com"
        for (text, expected) in [("", "default.example.com"), ("own", "own")] {
            let account = GooglePod.account.merging(["audience": text]) { $1 }
            let result = try GooglePod.mutate(account, settings: settings)
            #expect(result.annotation("audience") == expected)
        }
    }

    private static let warned: [([String: String], String)] = [
        (["token-expiration": "60"], "60 seconds is below the minimum; 3600 is used"),
        (["token-expiration": "4294967297"], "4294967297 seconds is above 4294967296"),
        (["gcloud-run-as-user": "-1"], "-1 is not a user ID"),
        (["service-account-email": "app@sample.iam.googleapis.com"], "not an address of gserviceaccount.com"),
        (["service-account-email": "nobody"], "not an address"),
        (["workload-identity-provider": GooglePod.provider + "/x"], "a part has a slash"),
        (
            ["workload-identity-provider": "projects/shop/locations/global/workloadIdentityPools/p/providers/c"],
            "the project is not a number"
        ),
        (
            ["workload-identity-provider": "projects/1/locations/global/workloadIdentityPools/a b/providers/c"],
            "the pool has other characters"
        ),
    ]

    @Test(
        "cause warnings for values that the recorded webhook accepts silently",
        arguments: warned
    )
    func warnings(changes: [String: String], text: String) throws {
        let account = GooglePod.account.merging(changes) { $1 }
        let problems = GoogleIdentityProvider(settings: GoogleSettings())
            .problems(ofServiceAccount: GooglePod.annotations(account)).lines
        #expect(problems.count == 1 && problems[0].contains(text), "\(problems)")
        #expect(problems[0].contains("cloud.google.com/"))
        #expect(try GooglePod.mutate(account).warnings == problems)
    }

    @Test("cause warnings for unknown names and for containers that do not exist")
    func unknown() throws {
        let provider = GoogleIdentityProvider(settings: GoogleSettings())
        let account = GooglePod.account.merging(["skip-containers": "x"]) { $1 }
        #expect(
            provider.problems(ofServiceAccount: GooglePod.annotations(account)).lines == [
                "unknown annotation cloud.google.com/skip-containers ignored"
            ]
        )
        let pod = try GooglePod.pod(annotations: ["skip-containers": "nosuch,,"])
        #expect(
            try GooglePod.mutate(pod: pod).warnings == ["no container is named nosuch, which should be skipped"]
        )
    }

    @Test("require a lookup if the ServiceAccount is unknown, and no identity is given if that fails")
    func lookups() throws {
        let provider = GoogleIdentityProvider(settings: GoogleSettings())
        func reason(_ object: DecisionInputs.Object) throws -> Reason {
            try PureMutation.run(try GooglePod.pod(), serviceAccount: object, providers: [provider]).reason
        }
        #expect(throws: PureMutationError.needsLookup) { try reason(.unknown) }
        #expect(try reason(.absent) == .serviceAccountNotFound)
        #expect(try reason(.unavailable("why")) == .serviceAccountUnavailable)
    }
}
