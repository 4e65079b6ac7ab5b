import Kubernetes
import TestPrograms
import TestSupport
import Testing

extension EndToEnd.DoctorTests {
    /// The rights for `--scan-interval`.
    private static let scanRole = Manifest.clusterRole("pod-identity-webhook-scan", verbs: ["list"], of: "pods")

    @Test
    func `The webhook's own scan counts pods without identity, writes Events, and reports failures`()
        async throws
    {
        let binding = ["clusterrolebinding", "pod-identity-webhook-scan"]
        try await ControlPlane.shared().kubectl(["delete", "--ignore-not-found"] + binding)
        try await Installation.with(flags: ["--scan-interval=200ms"]) { installation in
            let scans = "pod_identity_webhook_scans_total"
            try await eventually("a failed scan", log: installation.logs) {
                try await EndToEnd.MetricsTests().scrape(installation.webhook).value(scans, ["result": "failed"]) ?? 0
                    > 0
            }
            try await installation.createServiceAccount("late", role: nil)
            _ = try await installation.create(Manifest.pod("late", serviceAccount: "late"))
            try await installation.annotate(serviceAccount: "late", role: "late")
            try await installation.createServiceAccount("own", role: "own")
            _ = try await installation.create(Self.ownRole)
            try await installation.controlPlane.apply(Self.scanRole)
            try await eventually("a scan that finds the pod", log: installation.logs) {
                let metrics = try await EndToEnd.MetricsTests().scrape(installation.webhook)
                return metrics.value(scans, ["result": "completed"]) ?? 0 > 0
                    && metrics.value("pod_identity_webhook_pods_without_identity") ?? 0 > 0
            }
            #expect(installation.webhook.log.contains("a pod lacks its identity"))
            #expect(installation.webhook.log.contains("the pods could not be scanned"))
            let event = try await eventually("an Event that counts two scans", log: installation.logs) {
                try await installation.scanEvents().first { $0["count"].integer ?? 0 > 1 }
            }
            #expect(event["involvedObject"]["name"].string == "late" && event["type"].string == "Warning")
            #expect(event["message"].string?.hasPrefix("pods lack their identity: ") ?? false, "\(event)")
            #expect(try await installation.scanEvents().count == 1, "a pod with its own identity is not reported")
        }
        try await ControlPlane.shared().kubectl(["delete"] + binding)
    }

    private static let ownRole = """
        apiVersion: v1
        kind: Pod
        metadata: {name: own}
        spec:
          serviceAccountName: own
          automountServiceAccountToken: false
          containers: [{name: main, image: example, env: [{name: AWS_ROLE_ARN, value: own}]}]
        """
}

extension Installation {
    fileprivate func scanEvents() async throws -> [APIObject] {
        try await controlPlane.get("events", namespace: namespace)["items"].elements.filter {
            $0["reason"].string == "PodsWithoutIdentity"
        }
    }
}
