import TestPrograms
import TestSupport
import Testing

extension EndToEnd {
    /// `pod-identity-webhook policy`, and the chart's template for the same objects.
    @Suite struct AdmissionPolicyTests {
        private static let kinds: Set = ["MutatingAdmissionPolicy", "MutatingAdmissionPolicyBinding"]
        private static let enabled = "admissionPolicy.enabled=true"

        private static func manifest(_ flags: [String]) async throws -> InstallManifest {
            try InstallManifest(yaml: await Command(WebhookProcess.executable, ["policy"] + flags).runText())
        }

        /// Chart values in YAML, and flags with the same meaning.
        private static let same: [(values: String, flags: [String])] = [
            ("{}", []),
            (
                "flags: {aws-default-region: eu-central-1, sts-regional-endpoint: true, annotate-pods: false}",
                ["--aws-default-region=eu-central-1", "--sts-regional-endpoint=true", "--annotate-pods=false"]
            ),
            (
                """
                flags:
                  annotation-prefix: irsa.example.com
                  token-audience: 'a "b" \\ c: {d}'
                  token-expiration: 4294967296
                  token-mount-path: /var/run/A//secrets/
                """,
                [
                    "--annotation-prefix=irsa.example.com", "--token-audience=a \"b\" \\ c: {d}",
                    "--token-expiration=4294967296", "--token-mount-path=/var/run/A//secrets/",
                ]
            ),
            (
                "flags: {token-expiration: 600, token-mount-path: /var/runner, sts-regional-endpoint: false}",
                ["--token-expiration=600", "--token-mount-path=/var/runner"]
            ),
            ("flags: {token-mount-path: /, aws-default-region: ''}", ["--token-mount-path=/"]),
            ("flags: {compose-role-arn: true}", ["--compose-role-arn"]),
            (
                "flags: {compose-role-arn: true, aws-partition: aws-cn, aws-account-id: '111122223333'}",
                ["--compose-role-arn", "--aws-partition=aws-cn", "--aws-account-id=111122223333"]
            ),
            ("providers: [aws, google]", ["--providers=aws,google"]),
        ]

        @Test(arguments: same.indices)
        func `The chart renders the same policy that the program prints for the same flags`(index: Int) async throws {
            let (values, flags) = Self.same[index]
            let folder = try TemporaryDirectory()
            let file = try folder.write(values, to: "values.yaml")
            let rendered = try await Chart.render(["--values", file, "--set", Self.enabled])
            let printed = try await Self.manifest(flags)
            for kind in Self.kinds {
                #expect(rendered[kind]["spec"] == printed[kind]["spec"], "\(kind)")
                #expect(rendered[kind]["apiVersion"] == printed[kind]["apiVersion"])
                #expect(rendered[kind]["metadata"]["name"] == printed[kind]["metadata"]["name"])
                #expect(printed[kind]["spec"] != .null)
            }
        }

        @Test func `The chart's policy excludes the ServiceAccounts of EKS Pod Identity, like the program's`()
            async throws
        {
            let list = "containerCredentials.identities"
            let namespaces = ["b", "a-b", "a", "a"]
            let values = namespaces.enumerated().map { index, namespace in
                "\(list)[\(index)].namespace=\(namespace),\(list)[\(index)].serviceAccount=x"
            }
            let rendered = try await Chart.render(["--set", Self.enabled, "--set", values.joined(separator: ",")])
            let identities = namespaces.map { #"{"namespace":"\#($0)","serviceAccount":"x"}"# }
            let folder = try TemporaryDirectory()
            let text = #"{"identities":[\#(identities.joined(separator: ","))]}"#
            let file = try folder.write(text, to: "identities.json")
            let printed = try await Self.manifest(["--watch-container-credentials-config=\(file)"])
            #expect(rendered["MutatingAdmissionPolicy"]["spec"] == printed["MutatingAdmissionPolicy"]["spec"])
        }

        @Test func `The chart renders the policy only if it is enabled, and only for AWS`() async throws {
            let plain = try await Chart.render([])
            #expect(plain.of(kinds: Self.kinds).objects.isEmpty)
            let named = try await Chart.render([
                "--set", Self.enabled, "--set", "fullnameOverride=other,registration.excludedNamespaces={a,b}",
            ])
            let binding = named["MutatingAdmissionPolicyBinding"]["spec"]
            #expect(binding["policyName"].string == "other")
            let selector = binding["matchResources"]["namespaceSelector"]["matchExpressions"][0]
            #expect(selector["values"].elements.compactMap(\.string) == ["a", "b"])
            for setting in ["providers={google}", "flags.token-audience=", "admissionPolicy.enabled=yes"] {
                await #expect(throws: CommandError.self) {
                    try await Chart.render(["--set", Self.enabled, "--set", setting])
                }
            }
        }

        private static let selecting = """
            admissionPolicy: {enabled: true}
            registration:
              excludedNamespaces: [a]
              namespaceSelector:
                matchLabels: {team: x}
                matchExpressions: [{key: env, operator: In, values: [prod]}]
              objectSelector: {matchLabels: {app: shop}}
              matchConditions: [{name: not-root, expression: "request.userInfo.username != 'root'"}]
            """

        @Test func `The chart's policy matches the pods that its webhook is called for`() async throws {
            let folder = try TemporaryDirectory()
            let file = try folder.write(Self.selecting, to: "values.yaml")
            let rendered = try await Chart.render(["--values", file])
            let webhook = rendered["MutatingWebhookConfiguration"]["webhooks"][0]
            let resources = rendered["MutatingAdmissionPolicyBinding"]["spec"]["matchResources"]
            #expect(resources["namespaceSelector"] == webhook["namespaceSelector"])
            #expect(resources["namespaceSelector"]["matchLabels"]["team"].string == "x")
            #expect(resources["namespaceSelector"]["matchExpressions"].elements.count == 2)
            #expect(resources["objectSelector"] == (try APIObject(json: #"{"matchLabels":{"app":"shop"}}"#)))
            let conditions = rendered["MutatingAdmissionPolicy"]["spec"]["matchConditions"].elements
            #expect(conditions.last == webhook["matchConditions"][0] && conditions.count == 3)
            let plain = try await Chart.render(["--set", Self.enabled])
            #expect(plain["MutatingAdmissionPolicyBinding"]["spec"]["matchResources"] == .null)
        }

        @Test(arguments: ["{admissionPolicy: {enabled: true}}", selecting])
        func `The chart's policy is valid in a current Kubernetes version`(values: String) async throws {
            let settings = try TemporaryDirectory()
            let file = try settings.write(values, to: "values.yaml")
            let manifest = try await Chart.render(["--values", file]).of(kinds: Self.kinds)
            let folder = try TemporaryDirectory()
            let files = try manifest.objects.enumerated().map { try folder.write($1.description, to: "\($0).json") }
            #expect(files.count == 2)
            try await Command("kubernetes-validate", ["--strict", "--quiet"] + files).runText()
        }

        /// Only Kubernetes 1.36 and later have these policies.
        private func hasPolicies(_ controlPlane: ControlPlane) async throws -> Bool {
            let resources = try await controlPlane.kubectl(["get", "--raw", "/apis/admissionregistration.k8s.io/v1"])
            return resources.contains("MutatingAdmissionPolicyBinding")
        }

        @Test func `Helm rejects the policy if the API server does not support it, and says what it needs`()
            async throws
        {
            let controlPlane = try await ControlPlane.shared()
            guard try await !hasPolicies(controlPlane) else { return }
            let connection = ["--namespace", "helm-policy", "--kubeconfig", controlPlane.adminKubeconfig]
            let error = await #expect(throws: CommandError.self) {
                try await Chart.helm(["install", "identity", Chart.folder, "--set", Self.enabled] + connection)
            }
            #expect(
                "\(String(describing: error))".contains("needs Kubernetes 1.36 or later"),
                "\(String(describing: error))"
            )
        }

        @Test func `The policy assigns roles while the webhook is down, and both together add nothing twice`()
            async throws
        {
            let controlPlane = try await ControlPlane.shared()
            guard try await hasPolicies(controlPlane) else { return }
            let policy = try await Self.manifest([])
            try await controlPlane.kubectl(["apply", "-f", "-"], input: policy.list)
            let namespace = try await controlPlane.makeNamespace("policy")
            try await controlPlane.apply(
                """
                apiVersion: v1
                kind: ServiceAccount
                metadata: {name: reports, annotations: {eks.amazonaws.com/role-arn: "\(Installation.roleARN("reports"))"}}
                """,
                namespace: namespace
            )
            func pod() async throws -> APIObject {
                try await controlPlane.create(
                    Manifest.pod(serviceAccount: "reports"),
                    namespace: namespace,
                    dryRun: true
                )
            }
            // The webhook is down. A new policy takes effect after a moment.
            let alone = try await eventually("a pod with its role", log: controlPlane.logTails) {
                let pod = try await pod()
                return Identity.projectedToken(in: pod) == nil ? nil : pod
            }
            #expect(Identity.all(in: alone).allSatisfy { $0 == .expected(role: "reports") })
            #expect(
                alone["metadata"]["annotations"]["eks.amazonaws.com/role-arn"].string == Installation.roleARN("reports")
            )

            try await Installation.with(.service) { installation in
                try await installation.createServiceAccount("reports", role: "reports")
                let manifest = Manifest.pod(serviceAccount: "reports")
                let both = try await installation.create(manifest, dryRun: true)
                #expect(Identity.all(in: both).allSatisfy { $0 == .expected(role: "reports") })
                #expect(both["spec"]["volumes"].elements.count == alone["spec"]["volumes"].elements.count)
                let numbers = try await EndToEnd.MetricsTests().scrape(installation.webhook)
                let labels = ["outcome": "unchanged", "reason": "already_injected", "dry_run": "true"]
                #expect(numbers.value("pod_identity_webhook_admission_requests_total", labels) ?? 0 > 0)

                try await controlPlane.kubectl(["delete", "-f", "-"], input: policy.list)
                let webhook = try await eventually("a pod mutated by the webhook alone", log: installation.logs) {
                    let pod = try await installation.create(manifest, dryRun: true)
                    let again = try await EndToEnd.MetricsTests().scrape(installation.webhook)
                    let injected = ["outcome": "mutated", "reason": "injected", "dry_run": "true"]
                    return again.value("pod_identity_webhook_admission_requests_total", injected) ?? 0 > 0 ? pod : nil
                }
                #expect(webhook["spec"]["containers"] == both["spec"]["containers"])
                #expect(webhook["spec"]["volumes"] == both["spec"]["volumes"])
            }
            try await controlPlane.kubectl(["delete", "namespace", namespace, "--wait=false"])
        }
    }
}
