import Foundation
import TestPrograms
import TestSupport
import Testing

extension EndToEnd {
    /// What the chart renders for the enabled clouds and profiles.
    @Suite struct ChartProvidersTests {
        private static let skipped = "eks.amazonaws.com/skip-pod-identity-webhook"

        /// The webhooks that are called for pods, as `NAME FAILURE-POLICY LABELS`.
        private static let registrations: [(settings: String, webhooks: [String])] = [
            ("providers={aws}", ["pod-identity-webhook Ignore !\(skipped)"]),
            ("providers={google}", ["pod-identity-webhook Ignore"]),
            ("providers={aws,google}", ["pod-identity-webhook Ignore"]),
            ("profiles.custom.acme=profile: acme", ["pod-identity-webhook Ignore"]),
            (
                "providers={azure},azure.tenantID=t",
                [
                    "pod-identity-webhook Ignore azure.workload.identity/use=true",
                    "azure.strict.pod-identity-webhook Fail azure.workload.identity/use=true",
                ]
            ),
            (
                "providers={aws,azure},azure.tenantID=t",
                [
                    "pod-identity-webhook Ignore",
                    "azure.strict.pod-identity-webhook Fail azure.workload.identity/use=true",
                ]
            ),
            (
                "strict.enabled=true",
                [
                    "pod-identity-webhook Ignore !\(skipped)",
                    "namespaces.strict.pod-identity-webhook Fail !\(skipped)",
                    "pods.strict.pod-identity-webhook Fail !\(skipped),\(required)=true",
                ]
            ),
            (
                "strict.enabled=true,providers={aws,google}",
                [
                    "pod-identity-webhook Ignore", "namespaces.strict.pod-identity-webhook Fail",
                    "pods.strict.pod-identity-webhook Fail \(required)=true",
                ]
            ),
        ]

        private static let required = "eks.amazonaws.com/require-pod-identity-webhook"

        @Test(arguments: registrations)
        func `Each failure policy has its own webhooks, and the AWS label applies only to AWS`(
            settings: String,
            webhooks: [String]
        ) async throws {
            let configuration = try await Chart.render(["--set", settings])["MutatingWebhookConfiguration"]
            let forPods = configuration["webhooks"].elements.filter { $0["rules"][0]["resources"][0].string == "pods" }
            let found = forPods.map { webhook in
                let name = (webhook["name"].string ?? "").replacing(".amazonaws.com", with: "")
                let selector = Self.description(of: webhook["objectSelector"])
                let own = "!pod-identity-webhook.amazonaws.com/webhook"
                #expect(selector.contains(own), "the webhook's own pods are excluded")
                let labels = selector.filter { $0 != own }.joined(separator: ",")
                return [name, webhook["failurePolicy"].string ?? ""].joined(separator: " ")
                    + (labels.isEmpty ? "" : " \(labels)")
            }
            #expect(found == webhooks)
        }

        private static func description(of selector: APIObject) -> [String] {
            var labels: [String] = []
            if case .object(let all) = selector["matchLabels"] {
                labels += all.map { "\($0.key)=\($0.value.string ?? "")" }
            }
            for expression in selector["matchExpressions"].elements {
                let key = expression["key"].string ?? ""
                let isAbsent = expression["operator"].string == "DoesNotExist"
                labels.append(isAbsent ? "!\(key)" : "\(key)=\(expression["values"][0].string ?? "")")
            }
            return labels
        }

        @Test func `Ephemeral containers are sent only to a webhook that fails open, not to Azure's`()
            async throws
        {
            let settings = ["--set", "providers={aws,azure},azure.tenantID=t"]
            let webhooks = try await Chart.render(settings)["MutatingWebhookConfiguration"]["webhooks"].elements
            let forEphemeral = webhooks.filter { webhook in
                webhook["rules"].elements.contains { $0["resources"][0].string == "pods/ephemeralcontainers" }
            }
            #expect(forEphemeral.map { $0["failurePolicy"].string } == ["Ignore"])
        }

        private static let arguments: [(settings: String, arguments: [String])] = [
            ("providers={aws}", []),
            ("providers={aws,google}", ["--providers=aws,google"]),
            (
                "providers={google},google.tokenDefaultMode=\"0444\",google.tokenExpiration=1h",
                ["--google-token-default-mode=0444", "--google-token-expiration=1h", "--providers=google"]
            ),
            (
                "providers={google},google.setupContainerResources.limits.memory=1Gi",
                [#"--google-setup-container-resources={"limits":{"memory":"1Gi"}}"#, "--providers=google"]
            ),
            (
                "providers={azure},azure.tenantID=t,azure.environment=AzureChinaCloud",
                ["--azure-environment=AzureChinaCloud", "--azure-tenant-id=t", "--providers=azure"]
            ),
            (
                "providers={azure},azure.tenantID=t,azure.tokenProxySNIName=sni,azure.tokenProxyCAConfigMap=ca,"
                    + "azure.tokenProxyCASelector.matchLabels.a=b,azure.customTokenEndpoint.annotationSuffix=proxy",
                [
                    "--azure-custom-token-endpoint-annotation-suffix=proxy", "--azure-tenant-id=t",
                    "--azure-token-proxy-ca-config-map=ca",
                    #"--azure-token-proxy-ca-selector={"matchLabels":{"a":"b"}}"#, "--azure-token-proxy-sni-name=sni",
                    "--providers=azure",
                ]
            ),
            (
                "fullnameOverride=other,profiles.custom.acme=profile: acme",
                ["--profiles-config-map=other-profiles"]
            ),
        ]

        @Test(arguments: arguments)
        func `Only values that differ from the program's defaults become arguments`(
            settings: String,
            arguments: [String]
        ) async throws {
            func rendered(_ settings: [String]) async throws -> [String] {
                let deployment = try await Chart.render(settings)["Deployment"]
                return deployment["spec"]["template"]["spec"]["containers"][0]["args"].elements.compactMap(\.string)
            }
            let name = settings.contains("fullnameOverride") ? ["--set", "fullnameOverride=other"] : []
            let without = try await rendered(name)
            let with = try await rendered(["--set", settings.replacing("\"", with: "")])
            #expect(with.filter { !without.contains($0) }.sorted() == arguments)
            #expect(without.allSatisfy(with.contains))
        }

        @Test func `Profiles add permissions to read their ConfigMap and Namespaces, and clouds add none`() async throws
        {
            func rules(_ settings: String) async throws -> [String] {
                let manifest = try await Chart.render(["--set", settings])
                return ["ClusterRole", "Role"].flatMap { manifest[$0]["rules"].elements.map(\.description) }
            }
            let without = try await rules("providers={aws}")
            #expect(try await rules("providers={aws,google,azure},azure.tenantID=t") == without)
            let added = try await rules("profiles.custom.acme=profile: acme").filter { !without.contains($0) }
            try #require(added.count == 2)
            for (rule, resource) in zip(added, ["namespaces", "configmaps"]) {
                let rule = try APIObject(json: rule)
                #expect(rule["resources"].elements == [.string(resource)])
                #expect(rule["verbs"].elements == ["get", "list", "watch"].map(APIObject.string))
                let names = resource == "configmaps" ? [APIObject.string("pod-identity-webhook-profiles")] : []
                #expect(rule["resourceNames"].elements == names)
            }
        }

        @Test func `All profiles in the chart can be enabled by name, with their settings`() async throws {
            let link = try FileManager.default.destinationOfSymbolicLink(atPath: "\(Chart.folder)/profiles")
            #expect(link == "../../profiles")
            let folder = Deploy.path("profiles")
            let names = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".yaml") }
                .map { String($0.dropLast(5)) }.sorted()
            #expect(names.contains("stackit"))
            let settings = "profiles.settings.vault.address=https://vault.example.com"
            let manifest = try await Chart.render([
                "--set", "profiles.enabled={\(names.joined(separator: ","))}", "--set", settings,
            ])
            let rendered = try TemporaryDirectory()
            for name in names {
                let text = manifest["ConfigMap"]["data"]["\(name).yaml"].string
                let shipped = try String(contentsOfFile: "\(folder)/\(name).yaml", encoding: .utf8)
                #expect(text == shipped)
            }
            for entry in ["vault.yaml", "settings.yaml"] {
                try rendered.write(manifest["ConfigMap"]["data"][entry].string ?? "", to: entry)
            }
            let lint = Command(WebhookProcess.executable, ["profile", "lint", rendered.path])
            try await lint.runText()
            // Settings without their profile are a finding, which shows that the settings are read.
            try rendered.write(manifest["ConfigMap"]["data"]["ibm.yaml"].string ?? "", to: "vault.yaml")
            await #expect(throws: CommandError.self) { try await lint.runText() }
        }

        @Test func `Profiles are rendered unchanged, with the user's settings`() async throws {
            let folder = try TemporaryDirectory()
            let chart = "\(folder.path)/chart"
            try await Command("cp", ["-rL", Chart.folder, chart]).runText()
            try FileManager.default.removeItem(atPath: "\(chart)/profiles")
            try FileManager.default.createDirectory(atPath: "\(chart)/profiles", withIntermediateDirectories: false)
            let shipped = "# Of the chart.\nprofile: shipped\nsettings: {region: \"\", mode: \"0440\"}\n"
            try folder.write(shipped, to: "chart/profiles/shipped.yaml")
            try folder.write("profile: off\n", to: "chart/profiles/off.yaml")
            let custom = "profile:   custom  # spaced\ntests: [{a: \"---\"}]"
            let values = APIObject.object([
                "profiles": .object([
                    "enabled": .array([.string("shipped")]), "custom": .object(["custom": .string(custom)]),
                    "settings": .object(["shipped": .object(["region": .string("012")])]),
                ])
            ])
            let file = try folder.write(values.description, to: "values.yaml")
            let data = try await Chart.render(["--values", file], chart: chart)["ConfigMap"]["data"]
            guard case .object(let entries) = data else {
                Issue.record("there is no ConfigMap with profiles")
                return
            }
            #expect(Set(entries.keys) == ["shipped.yaml", "custom.yaml", "settings.yaml"])
            #expect(entries["shipped.yaml"]?.string == shipped)
            #expect(entries["custom.yaml"]?.string == custom)
            let settings = try InstallManifest(yaml: "kind: Settings\n" + (entries["settings.yaml"]?.string ?? ""))
            #expect(settings["Settings"]["settings"]["shipped"]["region"].string == "012")
        }
    }
}
