import TestPrograms
import TestSupport
import Testing

extension EndToEnd {
    /// Google's real SDK in pods with Google identities.
    @Suite struct GoogleTests {
        @Test func `A pod without a service account uses the pool's principal and requests no service account token`()
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

        @Test func `The GKE fleet profile authenticates with the fleet's pool as the service account`()
            async throws
        {
            let pool = "example.svc.id.goog"
            let member = "https://gkehub.googleapis.com/projects/example/locations/global/memberships/cluster"
            let flags = [
                "--profiles=\(Deploy.path("profiles/gke-fleet.yaml"))", "--profile-setting=gke-fleet.pool=\(pool)",
                "--profile-setting=gke-fleet.fleetProvider=\(member)",
            ]
            // With profiles, the webhook reads Namespaces too.
            try await Installation.with(
                flags: flags,
                prepare: { controlPlane, _ in try await controlPlane.apply(Manifest.namespaceReader) }
            ) { installation in
                try await installation.createServiceAccount("reader", role: nil)
                try await installation.controlPlane.kubectl([
                    "annotate", "serviceaccount", "reader", "-n", installation.namespace,
                    "pod-identity-webhook/gcp-service-account=\(CloudIdentities.email)",
                ])
                let pod = try await installation.create(
                    Manifest.pod(serviceAccount: "reader"),
                    until: ["GOOGLE_APPLICATION_CREDENTIALS"]
                )
                let container = try await LocalContainer("main", of: pod, on: installation.controlPlane)
                let run = try await container.call([.google], audiences: [.google: pool])
                #expect(run.result(of: .google)["token"].string == "google-\(CloudIdentities.email)", "\(run)")
                #expect(run.tokens(shownTo: .google) == [try .accepted(for: pool, of: pod)])
                let providers = run.calls(to: .google).map { $0["provider"].string }
                #expect(providers == ["identitynamespace:\(pool):\(member)"])
            }
            try await ControlPlane.shared().kubectl(["delete", "clusterrolebinding", "pod-identity-webhook-namespaces"])
        }
    }
}
