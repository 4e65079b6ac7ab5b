import Foundation
import TestPrograms
import TestSupport
import Testing

extension EndToEnd {
    /// The chart in clusters with special requirements, installed by Helm.
    @Suite(.serialized) struct PlatformTests {
        @Test func `Only the OpenShift preset's pods are created if fixed users are refused, as on OpenShift`()
            async throws
        {
            let controlPlane = try await ControlPlane.shared()
            let namespace = try await controlPlane.makeNamespace("openshift")
            let policy = try await PolicyServer.start(against: .users)
            try await controlPlane.apply(policy.registration(namespace, namespace: namespace))
            let connection = ["--namespace", namespace, "--kubeconfig", controlPlane.adminKubeconfig]
            func pods() async throws -> Int {
                try await controlPlane.get("pods", namespace: namespace)["items"].elements.count
            }
            try await Chart.helm(["install", "identity", Chart.folder] + connection)
            try await eventually("an Event about the refusal", log: controlPlane.logTails) {
                let events = try await controlPlane.get("events", namespace: namespace)["items"].elements
                return events.contains { $0["message"].string?.contains(PolicyServer.words) ?? false }
            }
            #expect(try await pods() == 0)

            let preset = ["--values", "\(Chart.folder)/values-openshift.yaml"]
            try await Chart.helm(["upgrade", "identity", Chart.folder] + preset + connection)
            // The second pod is created when the first one is available, which is never reported here.
            try await eventually("the preset's first pod", log: controlPlane.logTails) { try await pods() == 1 }

            try await Chart.helm(["uninstall", "identity"] + connection)
            try await controlPlane.kubectl(["delete", "validatingwebhookconfiguration", namespace])
            try await controlPlane.kubectl(["delete", "namespace", namespace, "--wait=false"])
        }

        private static let presets: [String] = {
            let files = (try? FileManager.default.contentsOfDirectory(atPath: Chart.folder)) ?? []
            return files.filter { $0.hasPrefix("values-") && $0.hasSuffix(".yaml") }.sorted()
        }()

        @Test func `Helm installs and uninstalls each preset`() async throws {
            let controlPlane = try await ControlPlane.shared()
            #expect(Self.presets.count >= 6)
            let connection = ["--namespace", "presets", "--kubeconfig", controlPlane.adminKubeconfig]
            for preset in Self.presets {
                let values = ["--values", "\(Chart.folder)/\(preset)"]
                try await Chart.helm(["install", "identity", Chart.folder] + values + connection)
                let name = "identity-pod-identity-webhook"
                let deployment = try await controlPlane.get("deployment", name, namespace: "presets")
                #expect(deployment["spec"]["replicas"].integer ?? 0 >= 1, "\(preset)")
                #expect(
                    try await controlPlane.get("mutatingwebhookconfiguration", name)["webhooks"].elements.count == 2
                )
                try await Chart.helm(["uninstall", "identity"] + connection)
            }
            try await controlPlane.kubectl(["delete", "namespace", "presets", "--wait=false"])
        }

        /// The parent chart turns each of its two aliases on or off.
        @Test func `Helm installs the chart twice side by side as a subchart with two aliases`() async throws {
            let controlPlane = try await ControlPlane.shared()
            let folder = try TemporaryDirectory()
            let parent = "\(folder.path)/parent"
            try FileManager.default.createDirectory(atPath: "\(parent)/charts", withIntermediateDirectories: true)
            try await Command("cp", ["-rL", Chart.folder, "\(parent)/charts/pod-identity-webhook"]).runText()
            let dependencies = ["teams", "platform"].map { name in
                "{name: pod-identity-webhook, version: 0.x.x, alias: \(name), condition: \(name).enabled}"
            }
            try folder.write(
                """
                apiVersion: v2
                name: parent
                version: 1.0.0
                dependencies: [\(dependencies.joined(separator: ", "))]
                """,
                to: "parent/Chart.yaml"
            )
            try folder.write(
                "{teams: {flags: {annotation-prefix: teams.example.com}}, platform: {enabled: true}}",
                to: "parent/values.yaml"
            )
            let connection = ["--namespace", "parent", "--kubeconfig", controlPlane.adminKubeconfig]
            func names(_ kind: String) async throws -> Set<String?> {
                let label = ["-l", "app.kubernetes.io/instance=both"]
                let list = try await controlPlane.kubectl(["get", kind, "-n", "parent", "-o", "json"] + label)
                return Set(try APIObject(json: list)["items"].elements.map { $0["metadata"]["name"].string })
            }
            let kinds = ["deployment", "service", "serviceaccount", "clusterrole", "mutatingwebhookconfiguration"]
            try await Chart.helm(["install", "both", parent] + connection)
            for kind in kinds { #expect(try await names(kind) == ["both-teams", "both-platform"], "\(kind)") }
            try await Chart.helm(
                ["upgrade", "both", parent, "--reset-then-reuse-values", "--set", "platform.enabled=false"] + connection
            )
            for kind in kinds { #expect(try await names(kind) == ["both-teams"], "\(kind)") }
            try await Chart.helm(["uninstall", "both"] + connection)
        }

        @Test func `Every webhook keeps or gets its CA when server-side apply turns strict mode off and on again`()
            async throws
        {
            let controlPlane = try await ControlPlane.shared()
            func manifest(strict: Bool) async throws -> InstallManifest {
                try await Chart.render(["--set", "namespace.create=true,strict.enabled=\(strict)"])
            }
            let strict = try await manifest(strict: true)
            let lenient = try await manifest(strict: false)
            try await controlPlane.apply(strict, arguments: ["--server-side"])
            let webhook = try await DeployedWebhook.install(strict, on: controlPlane)
            do {
                var bundles: Set<String> = []
                for (manifest, count) in [(strict, 4), (lenient, 2), (strict, 4), (lenient, 2)] {
                    // A tool that applies the chart again has no conflict with what the webhook has written.
                    try await controlPlane.apply(manifest, arguments: ["--server-side"])
                    let kept = try await Self.bundles(on: controlPlane)
                    #expect(kept.count == count)
                    #expect(bundles.isEmpty || bundles.isSubset(of: kept))
                    try await eventually("the CA in each of \(count) entries", log: webhook.logs) {
                        let found = try await Self.bundles(on: controlPlane)
                        return found.count == count && Set(found).count == 1 && !found.contains("")
                    }
                    bundles.formUnion(try await Self.bundles(on: controlPlane))
                }
                #expect(bundles.count == 1, "the CA stays the same")
            } catch {
                try await Self.uninstall(webhook)
                throw error
            }
            try await Self.uninstall(webhook)
        }

        private static let name = DeployedWebhook.namespace

        private static func bundles(on controlPlane: ControlPlane) async throws -> [String] {
            let webhooks = try await controlPlane.get("mutatingwebhookconfiguration", name)["webhooks"].elements
            return webhooks.map { $0["clientConfig"]["caBundle"].string ?? "" }
        }

        private static func uninstall(_ webhook: DeployedWebhook) async throws {
            try await webhook.stop()
            for object in ["mutatingwebhookconfiguration/\(name)", "secret/\(name)", "deployment/\(name)"] {
                try await webhook.controlPlane.kubectl(["delete", object, "-n", name, "--ignore-not-found"])
            }
        }
    }
}
