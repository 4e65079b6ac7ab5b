import TestPrograms
import TestSupport
import Testing

extension EndToEnd {
    /// Google's real SDK in pods with identities of Google.
    @Suite struct GoogleTests {
        @Test func `Without a service account the pool's own principal is used, and no account's token is asked for`()
            async throws
        {
            let flags = CloudIdentities.flags + ["--providers=aws,google"]
            try await Installation.with(flags: flags) { installation in
                let mode = ["token-exchange-mode": "direct-access", "project-id": "example"]
                _ = try await installation.create(CloudIdentities.serviceAccount(google: mode))
                let pod = try await installation.create(
                    CloudIdentities.pod(),
                    until: ["GOOGLE_APPLICATION_CREDENTIALS"]
                )
                for name in ["setup", "main"] {
                    let container = try await LocalContainer(name, of: pod, on: installation.controlPlane)
                    let run = try await container.call([.google])
                    #expect(run.result(of: .google)["token"].string == "google-federated", "\(run)")
                    #expect(run.result(of: .google)["project"].string == "example", "\(run)")
                    #expect(run.calls.map { $0["host"].string } == ["sts.googleapis.com"], "\(run)")
                    #expect(
                        run.tokens(shownTo: .google) == [try .accepted(for: CloudSDK.google.audience, of: pod)]
                    )
                }
            }
        }
    }
}
