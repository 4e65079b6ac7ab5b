import KubernetesObjects
import TestPrograms
import TestSupport
import Testing

extension EndToEnd.DoctorTests {
    @Test func `doctor finds every problem with the registration`() async throws {
        try await Installation.with(.service) { installation in
            let kubeconfig = try await installation.doctorKubeconfig()
            try await installation.makeReadyReplica()
            let original = try await installation.registeredWebhooks()[0]
            for (field, value, code) in [
                ("rules/0/operations", #"["UPDATE"]"#, "pods_not_covered"),
                ("rules/1/operations", #"["CREATE"]"#, "ephemeral_containers_not_covered"),
                ("reinvocationPolicy", #""Never""#, "not_reinvoked"),
                ("clientConfig/caBundle", #""""#, "no_ca_bundle"),
                ("clientConfig/caBundle", #""aGVsbG8=""#, "unreadable_ca_bundle"),
                ("clientConfig/service/name", #""nowhere""#, "service_not_found"),
                ("clientConfig/service/port", "8443", "service_port_not_found"),
            ] {
                let before = field.split(separator: "/").reduce(original) { object, name in
                    Int(name).map { object[$0] } ?? object[String(name)]
                }
                try await installation.patchRegistration(Installation.replace(field, value))
                let run = try await installation.doctorOfWebhook(kubeconfig: kubeconfig)
                let isWarning = ["not_reinvoked", "ephemeral_containers_not_covered"].contains(code)
                #expect(run.finding(code) != .null && run.status == (isWarning ? 2 : 1), "\(run)")
                try await installation.patchRegistration(Installation.replace(field, "\(before)"))
            }
            let whole = try await installation.doctorOfWebhook(kubeconfig: kubeconfig)
            #expect(whole.codes == ["no_roles"] && whole.status == 2, "\(whole)")
            #expect(whole.finding("service_accounts_not_covered") == .null)
            try await reorder(installation, kubeconfig)
            try await beside(installation, kubeconfig)
            try await installation.removeReplicas()
        }
    }

    /// doctor recognises the webhook for pods by its rules.
    private func reorder(_ installation: Installation, _ kubeconfig: String) async throws {
        let webhooks = try await installation.registeredWebhooks()
        func register(_ webhooks: [APIObject]) async throws {
            let value = APIObject.array(webhooks)
            try await installation.patchRegistration(#"{"op":"replace","path":"/webhooks","value":\#(value)}"#)
        }
        try await register([webhooks[1], webhooks[0]])
        let turned = try await installation.doctorOfWebhook(kubeconfig: kubeconfig)
        #expect(turned.codes == ["no_roles"], "\(turned)")
        let policy = "failurePolicy Fail, reinvocationPolicy IfNeeded"
        #expect(turned.finding("registered")["message"].string?.contains(policy) ?? false, "\(turned)")

        try await register([webhooks[0]])
        let alone = try await installation.doctorOfWebhook(kubeconfig: kubeconfig)
        #expect(
            alone.codes == ["no_roles"] && alone.finding("service_accounts_not_covered")["status"].string == "ok",
            "\(alone)"
        )
        try await register([webhooks[0], webhooks[1]])
    }

    /// Problems in the registration's surroundings.
    private func beside(_ installation: Installation, _ kubeconfig: String) async throws {
        func codes(_ arguments: String..., kubeconfig: String) async throws -> (Set<String>, Int32) {
            let none = ["--service-account", Installation.accountWithoutRole]
            let run = try await installation.doctor(none + arguments, kubeconfig: kubeconfig)
            return (run.codes, run.status)
        }
        let misspelt = try await installation.doctorOfWebhook("--webhook-configuration", "no", kubeconfig: kubeconfig)
        let remedy = "pod-identity-webhook doctor --webhook-configuration \(Installation.systemNamespace)"
        #expect(misspelt.finding("not_registered")["remedy"].string == remedy, "\(misspelt)")
        let denied = try await codes("--webhook-service-account", "default/default", kubeconfig: kubeconfig)
        #expect(denied == (["access_denied", "no_roles"], 1))
        let unreachable = try await codes("--connect", "127.0.0.1:1", kubeconfig: kubeconfig)
        #expect(unreachable == (["webhook_unreachable", "no_roles"], 2))
        let prefix = try await installation.doctor("--annotation-prefix", "example.com", kubeconfig: kubeconfig)
        #expect(prefix.codes == ["flags_differ", "no_roles"] && prefix.status == 2, "\(prefix)")
        #expect(prefix.finding("no_roles")["message"].string?.hasSuffix("eks.amazonaws.com/role-arn") ?? false)

        let stranger = try await installation.controlPlane.kubeconfig(
            serviceAccount: "default",
            namespace: installation.namespace
        )
        #expect(try await codes(kubeconfig: stranger) == (["request_refused"], 2))

        try await installation.controlPlane.apply(
            """
            apiVersion: admissionregistration.k8s.io/v1
            kind: MutatingWebhookConfiguration
            metadata: {name: iam-for-pods}
            webhooks:
            - name: iam-for-pods.amazonaws.com
              clientConfig: {url: 'https://127.0.0.1:1/mutate'}
              rules: [{operations: [CREATE], apiGroups: [""], apiVersions: [v1], resources: [pods]}]
              namespaceSelector: {matchLabels: {no: such}}
              sideEffects: None
              admissionReviewVersions: [v1]
              reinvocationPolicy: IfNeeded
            """
        )
        #expect(try await codes(kubeconfig: kubeconfig) == (["other_webhook", "no_roles"], 2))
        try await installation.controlPlane.kubectl(["delete", "mutatingwebhookconfiguration", "iam-for-pods"])

        let away = try await Command(
            WebhookProcess.executable,
            ["doctor", "--kubeconfig", kubeconfig, "--kube-api", "http://127.0.0.1:1"]
        ).run()
        #expect(
            away.status == 1 && away.text == "" && away.errorText.contains("127.0.0.1:1 failed"),
            "\(away.errorText)"
        )
        let usage = try await Command(WebhookProcess.executable, ["doctor", "--connect", "nowhere:"]).run()
        #expect(usage.status == 64)
    }
}
