import Foundation
import TestNetwork
import TestPrograms
import TestSupport
import Testing

extension EndToEnd {
    /// deploy/helm, with the real Helm.
    @Suite struct ChartTests {
        private static let extensions: Set = ["Issuer", "Certificate", "ServiceMonitor", "PrometheusRule"]

        @Test func `The presets' objects are valid in a current Kubernetes version, and the API server accepts them`()
            async throws
        {
            let controlPlane = try await ControlPlane.shared()
            try await Deploy.apply(["Namespace"], to: controlPlane)
            let folder = try TemporaryDirectory()
            // Most objects are the same in several presets.
            var files: [String: String] = [:]
            for (preset, arguments) in Chart.presets {
                let manifest = try await Chart.render(arguments)
                let own = manifest.filter { !Self.extensions.contains($0["kind"].string ?? "") }
                #expect(own.objects.count >= 8)
                for (number, object) in own.objects.enumerated() where files[object.description] == nil {
                    let file = "\(preset).\(number).json"
                    files[object.description] = try folder.write(object.description, to: file)
                }
                let applied = try await controlPlane.apply(own, arguments: ["--dry-run=server", "-o", "json"])
                try Self.expectNoDrift(of: own, in: APIObject(json: applied), "\(preset)")
            }
            try await Command("kubernetes-validate", ["--strict", "--quiet"] + files.values).runText()
        }

        /// GitOps tools would report a permanent difference for a field that the API server stores differently from how
        /// it is written.
        private static func expectNoDrift(of manifest: InstallManifest, in list: APIObject, _ preset: String) throws {
            for live in list["items"].elements {
                func isSame(_ object: APIObject) -> Bool {
                    object["kind"] == live["kind"] && object["metadata"]["name"] == live["metadata"]["name"]
                }
                let rendered = try #require(manifest.objects.first(where: isSame))
                #expect(Self.isContained(rendered, in: live), "\(preset): \(rendered)\n\(live)")
            }
        }

        /// Whether every field of one object has the same value in the other.
        private static func isContained(_ part: APIObject, in whole: APIObject) -> Bool {
            switch (part, whole) {
            case (.object(let members), _): members.allSatisfy { isContained($0.value, in: whole[$0.key]) }
            case (.array(let part), .array(let whole)):
                part.count == whole.count && zip(part, whole).allSatisfy { isContained($0, in: $1) }
            default: part == whole
            }
        }

        @Test(arguments: Chart.presets.keys.sorted())
        func `A preset renders one registration without a caBundle, and nothing outside its namespace`(
            preset: String
        ) async throws {
            let arguments = try #require(Chart.presets[preset])
            let manifest = try await Chart.render(
                arguments + ["--namespace", "elsewhere"],
                release: "pod-identity-webhook"
            )
            #expect(manifest.objects.filter { $0["kind"].string == "MutatingWebhookConfiguration" }.count == 1)
            for object in manifest.objects {
                let namespace = object["metadata"]["namespace"].string
                #expect(namespace == nil || namespace == "elsewhere")
            }
            for webhook in manifest["MutatingWebhookConfiguration"]["webhooks"].elements {
                #expect(webhook["clientConfig"]["caBundle"] == .null)
                let service = webhook["clientConfig"]["service"]
                #expect(service["namespace"].string == "elsewhere")
                #expect(service["name"] == manifest["Service"]["metadata"]["name"])
                // Pods that a cluster needs to start do not depend on the webhook.
                guard webhook["failurePolicy"].string == "Fail" else { continue }
                let excluded = webhook["namespaceSelector"]["matchExpressions"][0]
                #expect(excluded["key"].string == "kubernetes.io/metadata.name")
                #expect(excluded["operator"].string == "NotIn")
                #expect(excluded["values"].elements.contains(.string("kube-system")))
            }
        }

        @Test func `Only strict mode and Azure fail closed, and strict mode only where a label asks for it`()
            async throws
        {
            for (preset, arguments) in Chart.presets where !["strict", "Azure", "several clouds"].contains(preset) {
                let webhooks = try await Chart.render(arguments)["MutatingWebhookConfiguration"]["webhooks"].elements
                #expect(webhooks.allSatisfy { $0["failurePolicy"].string == "Ignore" }, "\(preset)")
            }
            let webhooks = try await Chart.render(Chart.presets["strict"] ?? [])["MutatingWebhookConfiguration"][
                "webhooks"
            ]
            let strict = webhooks.elements.filter { $0["failurePolicy"].string == "Fail" }
            #expect(strict.count == 2)
            // The path tells the webhook to refuse pods whose ServiceAccount cannot be looked up.
            for webhook in webhooks.elements {
                let path = webhook["clientConfig"]["service"]["path"].string
                #expect(path == (webhook["failurePolicy"].string == "Fail" ? "/mutate/strict" : "/mutate"))
            }
            let label = "eks.amazonaws.com/require-pod-identity-webhook"
            for webhook in strict {
                let selectors = [webhook["namespaceSelector"], webhook["objectSelector"]]
                let expressions = selectors.flatMap { $0["matchExpressions"].elements }
                #expect(expressions.contains { $0["key"].string == label && $0["operator"].string == "In" })
            }
        }

        @Test(arguments: [
            "replicas=0", "replica=2", "replicaCount=0", "ports.https=0", "ports.metrics=http",
            "serviceAccount.make=true", "updateStrategy.type=Replace", "dnsPolicy=Cluster", "flags.nonsense=1",
            "flags.token-expiration=60", "flags.annotation-prefix=",
            "certificates.mode=csr", "strict.excludedNamespaces={airflow}", "image.digest=latest",
            "registration.timeoutSeconds=31", "containerCredentials.identities[0].namespace=a",
            "shutdown.delaySeconds=5s", "providers={}", "providers={aws,gcp}", "providers={aws,aws}",
            "providers={aws,azure}", "azure.tenantID=tenant", "google.defaultRegion=europe-west1",
            "providers={google},google.defaultInjectionMode=both", "providers={google},google.tokenDefaultMode=777",
            "providers={google},google.setupContainerResources.limit.memory=1Gi",
            "providers={azure},azure.tenantID=t,azure.environment=AzureCloud", "profiles.enabled={none-of-the-charts}",
            "profiles.enabled={../values}", "profiles.custom.acme=profile: other", "profiles.custom.acme=profile: {",
            "profiles.custom.settings=profile: settings", "profiles.settings.acme.region=eu01",
            "profiles.custom.acme=profile: acme,profiles.settings.acme.region=eu01",
            "profiles.custom.acme.profile=acme",
        ])
        func `Invalid values are rejected`(setting: String) async throws {
            await #expect(throws: CommandError.self) { try await Chart.render(["--set", setting]) }
        }

        @Test func `Every flag of the webhook is a chart value or is set by the chart itself`() async throws {
            let help = try await Command(WebhookProcess.executable, ["serve", "--experimental-dump-help"]).runText()
            let arguments = try APIObject(json: help)["command"]["arguments"].elements
            let flags = arguments.filter { $0["shouldDisplay"].bool == true }.compactMap { argument in
                argument["names"].elements.first { $0["kind"].string == "long" }?["name"].string
            }
            let chartsOwn: Set = [
                "client-ca-file", "in-cluster", "metrics-port", "namespace", "port", "profiles-config-map", "providers",
                "service-name", "shutdown-delay", "shutdown-timeout", "tls-cert", "tls-key", "tls-secret",
                "watch-container-credentials-config", "webhook-configuration",
            ]
            // Flags for access to another cluster, for local files, and for uses without a server.
            let outsideOfClusters: Set = [
                "help", "kube-api", "kubeconfig", "kubernetes-version", "profile-setting", "profiles",
                "service-accounts", "version",
            ]
            let values = try Chart.values("flags") + Chart.values("google") + Chart.values("azure")
            #expect(Set(flags).subtracting(chartsOwn).subtracting(outsideOfClusters) == Set(values))
        }

        @Test func `The chart's values show the program's own defaults of its flags`() async throws {
            let help = try await Command(WebhookProcess.executable, ["serve", "--experimental-dump-help"]).runText()
            var defaults: [String: String] = [:]
            for argument in try APIObject(json: help)["command"]["arguments"].elements {
                let name = argument["names"].elements.first { $0["kind"].string == "long" }?["name"].string ?? ""
                defaults[name] = argument["defaultValue"].string
            }
            let text = try String(contentsOfFile: "\(Chart.folder)/values.yaml", encoding: .utf8)
            guard case .object(let values) = try InstallManifest(yaml: "kind: Values\n" + text)["Values"]["flags"]
            else {
                Issue.record("the values contain no flags")
                return
            }
            // The chart has its own default for log-format, JSON, and the default of event-loops is the number of
            // cores.
            for (name, value) in values where !["log-format", "event-loops"].contains(name) {
                let given = value == .null ? nil : value.string ?? value.description
                let own = defaults[name].flatMap { $0.isEmpty ? nil : $0 }
                #expect(Self.normal(given) == Self.normal(own), "\(name)")
            }
            #expect(values.count > 30)
        }

        /// Compares numbers by value: `50` equals `50.0`.
        private static func normal(_ text: String?) -> String? { text.map { Double($0).map { "\($0)" } ?? $0 } }

        @Test func `Flags are passed to the webhook unchanged`() async throws {
            let manifest = try await Chart.render([
                "--set",
                "flags.token-expiration=4294967296,flags.compose-role-arn=true,extraArgs={--resync-period=60s}",
                "--set", "flags.token-audience=a b",
            ])
            let args = manifest["Deployment"]["spec"]["template"]["spec"]["containers"][0]["args"].elements
                .compactMap(\.string)
            for expected in [
                "--token-expiration=4294967296", "--compose-role-arn=true", "--resync-period=60s",
                "--token-audience=a b",
            ] {
                #expect(args.contains(expected))
            }
        }

        @Test func `Prometheus accepts the alerts, docs/operate.md documents them, and their metrics exist`()
            async throws
        {
            let arguments = ["--set", "prometheusRule.enabled=true"]
            let rules = try await Chart.render(arguments)["PrometheusRule"]["spec"]
            let folder = try TemporaryDirectory()
            let promtool = try await Command("\(TestFolders.repository)/scripts/promtool.sh").runText()
            let file = try folder.write(rules.description, to: "rules.yaml")
            try await Command(String(promtool.dropLast()), ["check", "rules", file]).runText()

            let alerts = rules["groups"].elements.flatMap { $0["rules"].elements }
            let page = try String(contentsOfFile: "\(TestFolders.repository)/docs/operate.md", encoding: .utf8)
            let headings = page.split(separator: "\n").filter { $0.hasPrefix("### PodIdentityWebhook") }
                .map { String($0.dropFirst(4)) }
            #expect(alerts.compactMap { $0["alert"].string } == headings)

            let reference = try String(contentsOfFile: "\(TestFolders.repository)/docs/reference.md", encoding: .utf8)
            let names = alerts.flatMap { alert in
                (alert["expr"].string ?? "").matches(of: /(pod_identity_webhook|process)_[a-z_]+/).map {
                    String($0.output.0)
                }
            }
            #expect(names.count >= 6)
            for name in names {
                let metric = name.hasSuffix("_bucket") ? String(name.dropLast(7)) : name
                #expect(reference.contains("`\(metric)`"), "\(metric)")
            }
        }

        @Test func `Helm installs, upgrades and uninstalls the chart, and upgrades preserve the caBundle`() async throws
        {
            let controlPlane = try await ControlPlane.shared()
            let connection = ["--namespace", "helm", "--kubeconfig", controlPlane.adminKubeconfig]
            func helm(_ command: String, _ arguments: [String] = []) async throws {
                try await Chart.helm([command, "identity"] + arguments + connection)
            }
            let name = "identity-pod-identity-webhook"
            try await helm("install", [Chart.folder, "--values", "\(Chart.folder)/values-single-node.yaml"])
            let installed = try await controlPlane.get("deployment", name, namespace: "helm")
            #expect(installed["spec"]["replicas"].integer == 1)

            // The webhook does this if it manages its own certificates.
            let bundle = try TestCertificates().root.certificate
            let patch = """
                [{"op": "add", "path": "/webhooks/0/clientConfig/caBundle", "value": "\(Data(bundle).base64EncodedString())"}]
                """
            try await controlPlane.kubectl([
                "patch", "mutatingwebhookconfiguration", name, "--type=json", "-p", patch,
            ])
            // Turns strict mode on, off and on again, reusing the values of the previous release each time.
            for (isStrict, count) in [(true, 4), (false, 2), (true, 4)] {
                let settings = "strict.enabled=\(isStrict),flags.watch-config-map=true"
                try await helm("upgrade", [Chart.folder, "--reset-then-reuse-values", "--set", settings])
                let upgraded = try await controlPlane.get("deployment", name, namespace: "helm")
                #expect(upgraded["spec"]["replicas"].integer == 1)
                let webhooks = try await controlPlane.get("mutatingwebhookconfiguration", name)["webhooks"]
                #expect(webhooks.elements.count == count)
                #expect(
                    webhooks.named("pod-identity-webhook.amazonaws.com")["clientConfig"]["caBundle"].string
                        == Data(bundle).base64EncodedString()
                )
            }

            try await helm("uninstall")
            let left = try await controlPlane.kubectl([
                "get",
                "deployment,service,serviceaccount,role,rolebinding,clusterrole,clusterrolebinding,"
                    + "mutatingwebhookconfiguration,networkpolicy", "-A", "-o", "name", "-l",
                "app.kubernetes.io/instance=identity",
            ])
            #expect(left.isEmpty)
        }
    }
}
