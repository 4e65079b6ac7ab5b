import TestPrograms
import TestSupport
import Testing

extension EndToEnd {
    /// Another webhook in the cluster, which adds a container to each pod.
    @Suite struct ReinvocationTests {
        /// A webhook that only labels pods makes the API server call this one again, for a pod that already has
        /// everything.
        @Test func `The API server does not complain about audit annotations on reinvocation`() async throws {
            try await Installation.with(.service) { installation in
                try await OtherWebhook.labeler.with(name: "zz-labels", beside: installation) {
                    try await installation.createServiceAccount("reports", role: "reports")
                    let pod = try await eventually("a labelled pod", log: installation.logs) {
                        let pod = try await installation.create(Manifest.pod(serviceAccount: "reports"), dryRun: true)
                        return pod["metadata"]["labels"]["labelled"] == .null ? nil : pod
                    }
                    #expect(Identity.all(in: pod).allSatisfy { $0 == .expected(role: "reports") })
                    // The webhook's own metrics show that it was called twice for the pod.
                    let numbers = try await EndToEnd.MetricsTests().scrape(installation.webhook)
                    let labels = ["outcome": "unchanged", "reason": "already_injected", "dry_run": "true"]
                    let repeated = numbers.value("pod_identity_webhook_admission_requests_total", labels)
                    #expect(repeated ?? 0 > 0)
                    let log = installation.controlPlane.apiServerLog
                    #expect(!log.contains("not allowed to be overwritten"))
                    #expect(!log.contains("Failed to set admission audit annotation"))
                }
            }
        }

        @Test(arguments: ["aa-before", "zz-after"])
        func `A container that another webhook adds gets the role, whichever webhook is called first`(
            name: String
        ) async throws {
            try await Installation.with(.service) { installation in
                try await OtherWebhook.injector.with(name: name, beside: installation) {
                    try await installation.createServiceAccount("reports", role: "reports")
                    let pod = try await eventually("a pod with a sidecar", log: installation.logs) {
                        let pod = try await installation.create(Manifest.pod(serviceAccount: "reports"), dryRun: true)
                        return pod["spec"]["containers"].named("injected") == .null ? nil : pod
                    }
                    // The init container, two containers of the pod and the sidecar, without duplicates.
                    #expect(Identity.all(in: pod) == Array(repeating: .expected(role: "reports"), count: 4))
                    #expect(pod["spec"]["volumes"].elements.count == 1)
                    let names = pod["spec"]["containers"][0]["env"].elements.compactMap { $0["name"].string }
                    #expect(names == ["GREETING", "AWS_ROLE_ARN", "AWS_WEB_IDENTITY_TOKEN_FILE"])
                }
            }
        }
    }
}
