import JSON
import TestPrograms
import TestSupport
import Testing

extension EndToEnd {
    /// Pods that conflict with the identity they ask for, and requests that do not create pods.
    @Suite struct HostilePodTests {
        @Test func `The API server accepts every mutated pod, and its containers can reach their tokens`()
            async throws
        {
            try await Installation.with(.url) { installation in
                try await installation.createServiceAccount("reports", role: "reports")
                var generator = SeededGenerator(seed: 12)
                let pods = try (0..<150).map {
                    try HostilePod.make("p\($0)", serviceAccount: "reports", using: &generator)
                }
                let list = JSONTree.object([
                    "apiVersion": .string("v1"), "kind": .string("List"), "items": .array(pods),
                ])
                let output = try await installation.controlPlane.kubectl(
                    ["create", "--dry-run=server", "-o", "json", "-n", installation.namespace, "-f", "-"],
                    input: String(decoding: list.bytes, as: UTF8.self)
                )
                // kubectl writes the documents one after the other.
                let documents = "[\(output.replacing("\n}\n{", with: "\n},\n{"))]"
                let created = try JSONTree(parsing: documents.utf8).elements ?? []
                #expect(created.count == pods.count)
                for (before, after) in zip(pods, created) {
                    let failures = HostilePod.failures(before, after, audience: "sts.amazonaws.com")
                    #expect(failures == [], "\(before.pretty)\n\(after.pretty)")
                }
            }
        }

        @Test func `A registration for all operations on pods does no harm`() async throws {
            try await Installation.with(.url) { installation in
                let controlPlane = installation.controlPlane
                try await controlPlane.kubectl([
                    "patch", "mutatingwebhookconfiguration", installation.namespace, "--type=json", "-p",
                    #"[{"op":"replace","path":"/webhooks/0/rules","value":[{"operations":["*"],"apiGroups":[""],"#
                        + #""apiVersions":["v1"],"resources":["pods","pods/*"]}]}]"#,
                ])
                try await installation.createServiceAccount("reports", role: "reports")
                let pod = Manifest.pod(serviceAccount: "reports")
                _ = try await installation.create(pod)
                let reason = ["outcome": "unchanged", "reason": "not_pod_creation", "dry_run": "false"]
                func others() async throws -> Double {
                    try await EndToEnd.MetricsTests().scrape(installation.webhook)
                        .value("pod_identity_webhook_admission_requests_total", reason) ?? 0
                }
                // The rules take effect in the API server after a moment.
                var label = 0
                _ = try await eventually("a request about an update of the pod", log: installation.logs) {
                    label += 1
                    try await controlPlane.kubectl([
                        "label", "pod", "example", "-n", installation.namespace, "--overwrite", "round=\(label)",
                    ])
                    return try await others() > 0 ? true : nil
                }
                for (verb, path, body) in Self.requests(installation.namespace) {
                    let before = try await others()
                    try await controlPlane.kubectl([verb, "--raw", path, "-f", "-"], input: body)
                    #expect(try await others() > before, "\(path)")
                }
                // exec fails because there is no kubelet, but the API server calls the webhook before that.
                let before = try await others()
                _ = try? await controlPlane.kubectl(["exec", "example", "-n", installation.namespace, "--", "true"])
                #expect(try await others() > before)
                try await controlPlane.kubectl([
                    "delete", "pod", "example", "-n", installation.namespace, "--force", "--grace-period=0",
                ])
                #expect(!installation.webhook.log.contains("a request was refused"))
            }
        }

        private static func requests(_ namespace: String) -> [(verb: String, path: String, body: String)] {
            let pod = "/api/v1/namespaces/\(namespace)/pods/example"
            let metadata = #""metadata":{"name":"example","namespace":"\#(namespace)"}"#
            return [
                (
                    "create", "\(pod)/binding",
                    #"{"apiVersion":"v1","kind":"Binding",\#(metadata),"target":{"kind":"Node","name":"nowhere"}}"#
                ),
                ("create", "\(pod)/eviction", #"{"apiVersion":"policy/v1beta1","kind":"Eviction",\#(metadata)}"#),
            ]
        }
    }
}
