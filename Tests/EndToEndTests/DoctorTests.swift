import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// What `doctor` finds in a cluster that is well, and in one that is broken in every way that it knows.
    @Suite struct DoctorTests {
        @Test func `A cluster that is well, and what is said of its pods`() async throws {
            try await Installation.with(.service) { installation in
                let kubeconfig = try await installation.doctorKubeconfig()
                let namespace = installation.namespace
                #expect(try await installation.doctor(kubeconfig: kubeconfig).codes.contains("no_ready_endpoints"))
                try await installation.makeReadyReplica()
                try await installation.createServiceAccount("shop", role: "shop")
                _ = try await installation.create(Manifest.pod("good", serviceAccount: "shop"))
                _ = try await installation.create(Manifest.pod("plain", serviceAccount: "default"))

                let well = try await installation.doctor(kubeconfig: kubeconfig)
                #expect(well.status == 0 && well.codes == [], "\(well)")
                for code in ["registered", "endpoints_ready", "certificate_verified", "access_granted"] {
                    #expect(well.finding(code)["status"].string == "ok", "\(code)")
                }
                #expect(well.finding("dry_run_injected", "\(namespace)/shop") != .null)
                #expect(well.finding("pod_injected", namespace)["message"].string?.hasPrefix("1 of 1 pods") ?? false)

                try await explainPods(installation, kubeconfig)
                try await readPodsThatAreTooOld(installation, kubeconfig)
                try await usePlugin(installation, token: kubeconfig)
                try await installation.removeReplicas()
            }
        }

        private func explainPods(_ installation: Installation, _ kubeconfig: String) async throws {
            let namespace = installation.namespace
            let skip = #"{eks.amazonaws.com/skip-pod-identity-webhook: "true"}"#
            _ = try await installation.create(Manifest.pod("skipped", serviceAccount: "shop", labels: skip))
            _ = try await installation.create(
                """
                apiVersion: v1
                kind: Pod
                metadata: {name: own}
                spec:
                  serviceAccountName: shop
                  automountServiceAccountToken: false
                  containers:
                  - name: main
                    image: example
                    env:
                    - {name: AWS_ROLE_ARN, value: own}
                    - {name: AWS_REGION, value: x}
                    - {name: AWS_STS_REGIONAL_ENDPOINTS, value: regional}
                """
            )
            for (pod, code) in [
                ("good", "pod_injected"), ("skipped", "pod_left_alone"), ("plain", "pod_left_alone"),
                ("own", "own_credentials"),
            ] {
                let run = try await installation.doctor("--pod", pod, kubeconfig: kubeconfig)
                #expect(run.status == 0 && run.finding(code, "\(namespace)/\(pod)") != .null, "\(run)")
            }
            let none = try await installation.doctor("--pod", "nobody", kubeconfig: kubeconfig)
            #expect(none.status == 1 && none.codes == ["pod_not_found"], "\(none)")
        }

        /// Pods of a Deployment that was there before the role.
        private func readPodsThatAreTooOld(_ installation: Installation, _ kubeconfig: String) async throws {
            try await installation.makeReadyReplica()
            try await installation.createServiceAccount("late", role: nil)
            try await installation.controlPlane.apply(
                """
                apiVersion: apps/v1
                kind: Deployment
                metadata: {name: late}
                spec:
                  selector: {matchLabels: {app: late}}
                  template:
                    metadata: {labels: {app: late}}
                    spec:
                      serviceAccountName: late
                      automountServiceAccountToken: false
                      containers: [{name: main, image: example}]
                """,
                namespace: installation.namespace
            )
            let pod = try #require(try await installation.pods(labelled: "app=late").first)
            // Times have whole seconds: the account is made anew until it is the younger one. (An older API server does not
            // tell when an annotation was written.)
            let run = try await eventually("a pod older than its role") {
                try await installation.controlPlane.kubectl([
                    "delete", "serviceaccount", "late", "-n", installation.namespace,
                ])
                try await installation.createServiceAccount("late", role: "late")
                _ = try await installation.dryRun(Manifest.pod(serviceAccount: "late"), untilRole: "late")
                let run = try await installation.doctor(kubeconfig: kubeconfig)
                return run.codes == ["older_than_role"] ? run : nil
            }
            #expect(run.status == 1)
            let name = "\(installation.namespace)/\(pod["metadata"]["name"].string ?? "")"
            let finding = run.finding("older_than_role", name)
            #expect(
                finding["remedy"].string
                    == "kubectl -n \(installation.namespace) rollout restart deployment/late"
            )
            let only = try await installation.doctor("--service-account", "shop", kubeconfig: kubeconfig)
            #expect(only.status == 0, "\(only)")
        }

        /// The same through a credential plugin that prints the ServiceAccount's token.
        private func usePlugin(_ installation: Installation, token kubeconfig: String) async throws {
            let controlPlane = installation.controlPlane
            let folder = try TemporaryDirectory()
            let token = try await controlPlane.token(
                serviceAccount: Installation.doctorAccount,
                namespace: Installation.systemNamespace
            )
            let script = try folder.write(
                """
                #!/bin/sh
                test "$1" = token && test -n "$KUBERNETES_EXEC_INFO" || exit 1
                echo run >>"$0.runs"
                echo '{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1beta1",'\\
                '"status":{"token":"\(token)"}}'

                """,
                to: "plugin"
            )
            try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: script)
            let config = """
                current-context: none
                contexts:
                - {name: exec, context: {cluster: c, user: u}}
                clusters:
                - {name: c, cluster: {server: '\(controlPlane.server)', certificate-authority: '\(controlPlane.authorityFile)'}}
                users:
                - name: u
                  user:
                    exec: {apiVersion: client.authentication.k8s.io/v1beta1, command: ./plugin, args: [token]}
                """
            let path = try folder.write(config, to: "config")
            let arguments = ["--context", "exec", "--service-account", "shop"]
            let run = try await installation.doctor(
                arguments[0],
                arguments[1],
                arguments[2],
                arguments[3],
                kubeconfig: path
            )
            #expect(run.status == 0 && run.finding("dry_run_injected") != .null, "\(run)")
            #expect(try String(contentsOfFile: folder.path("plugin.runs"), encoding: .utf8) == "run\n")
        }

        @Test func `Every way in which the registration can be broken`() async throws {
            try await Installation.with(.service) { installation in
                let kubeconfig = try await installation.doctorKubeconfig()
                try await installation.makeReadyReplica()
                let original = try await installation.controlPlane.get(
                    "mutatingwebhookconfiguration",
                    Installation.systemNamespace
                )["webhooks"][0]
                for (field, value, code) in [
                    ("rules/0/operations", #"["UPDATE"]"#, "pods_not_covered"),
                    ("reinvocationPolicy", #""Never""#, "not_reinvoked"),
                    ("clientConfig/caBundle", #""""#, "no_ca_bundle"),
                    ("clientConfig/caBundle", #""aGVsbG8=""#, "unreadable_ca_bundle"),
                    ("clientConfig/service/name", #""nowhere""#, "service_not_found"),
                ] {
                    let before = field.split(separator: "/").reduce(original) { object, name in
                        Int(name).map { object[$0] } ?? object[String(name)]
                    }
                    try await installation.patchRegistration(Installation.replace(field, value))
                    let run = try await installation.doctor("--service-account", "none", kubeconfig: kubeconfig)
                    #expect(run.finding(code) != .null && run.status == (code == "not_reinvoked" ? 0 : 1), "\(run)")
                    try await installation.patchRegistration(Installation.replace(field, "\(before)"))
                }
                #expect(try await installation.doctor("--service-account", "none", kubeconfig: kubeconfig).codes == [])
                try await beside(installation, kubeconfig)
                try await installation.removeReplicas()
            }
        }

        /// What is wrong around the registration.
        private func beside(_ installation: Installation, _ kubeconfig: String) async throws {
            func codes(_ arguments: [String], as kubeconfig: String) async throws -> (Set<String>, Int32) {
                let output = try await Command(
                    WebhookProcess.executable,
                    ["doctor", "-o", "json", "-n", installation.namespace, "--kubeconfig", kubeconfig] + arguments
                ).run()
                let findings = try APIObject(json: output.text)["findings"].elements
                let bad = findings.filter { $0["status"].string != "ok" }.compactMap { $0["code"].string }
                return (Set(bad), output.status)
            }
            let none = ["--service-account", "none"]
            #expect(
                try await codes(none + ["--webhook-configuration", "none"], as: kubeconfig).0.contains("not_registered")
            )
            let denied = try await codes(none + ["--webhook-service-account", "default/default"], as: kubeconfig)
            #expect(denied == (["access_denied"], 1))
            let unreachable = try await codes(none + ["--connect", "127.0.0.1:1"], as: kubeconfig)
            #expect(unreachable == (["webhook_unreachable"], 0))

            let stranger = try await installation.controlPlane.kubeconfig(
                serviceAccount: "default",
                namespace: installation.namespace
            )
            #expect(try await codes(none, as: stranger) == (["request_refused"], 0))

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
            #expect(try await codes(none, as: kubeconfig) == (["other_webhook"], 0))
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

        @Test func `Pods and dry runs that the webhook did not see`() async throws {
            try await Installation.with(.service) { installation in
                let kubeconfig = try await installation.doctorKubeconfig()
                let namespace = installation.namespace
                try await installation.makeReadyReplica()
                try await installation.createServiceAccount("shop", role: "shop")
                let registration = try await installation.controlPlane.get(
                    "mutatingwebhookconfiguration",
                    Installation.systemNamespace
                )["webhooks"][0]
                let authority = "\(registration["clientConfig"]["caBundle"])"
                let other = try TestCertificates(commonName: "other").root.certificate
                let otherAuthority = "\"\(Data(other).base64EncodedString())\""

                // The API server does not trust the webhook: with Fail no pod is created, with Ignore without its role.
                try await installation.patchRegistration(Installation.replace("clientConfig/caBundle", otherAuthority))
                let failing = try await eventually("a dry run that fails") {
                    let run = try await installation.doctor(kubeconfig: kubeconfig)
                    return run.codes.contains("webhook_failed") ? run : nil
                }
                #expect(
                    failing.status == 1 && failing.codes == ["certificate_rejected", "webhook_failed"],
                    "\(failing)"
                )
                try await installation.patchRegistration(Installation.replace("failurePolicy", #""Ignore""#))
                let ignoring = try await eventually("a dry run without a role") {
                    let run = try await installation.doctor(kubeconfig: kubeconfig)
                    return run.codes.contains("not_injected") ? run : nil
                }
                #expect(ignoring.codes == ["certificate_rejected", "not_injected"], "\(ignoring)")
                try await missPods(installation)
                try await installation.patchRegistration(Installation.replace("clientConfig/caBundle", authority))
                _ = try await installation.dryRun(Manifest.pod(serviceAccount: "shop"), untilRole: "shop")

                let missed = try await installation.doctor(kubeconfig: kubeconfig)
                #expect(missed.status == 1, "\(missed)")
                let remedy = "kubectl -n \(namespace) delete pod/missed  # and create it again"
                #expect(missed.finding("webhook_did_not_answer", "\(namespace)/missed")["remedy"].string == remedy)
                #expect(missed.finding("containers_without_identity", "\(namespace)/half") != .null)
                #expect(missed.codes == ["webhook_did_not_answer", "containers_without_identity"], "\(missed)")
                let explained = try await installation.doctor("--pod", "missed", kubeconfig: kubeconfig)
                #expect(explained.codes == ["webhook_did_not_answer"] && explained.status == 1, "\(explained)")
                try await refuseDryRuns(installation, kubeconfig)
                try await leaveOut(installation, kubeconfig)
                try await installation.removeReplicas()
            }
        }

        private func missPods(_ installation: Installation) async throws {
            let pod = try await installation.create(Manifest.pod("missed", serviceAccount: "shop"))
            #expect(Identity.all(in: pod) == [nil, nil, nil])
            _ = try await installation.create(
                """
                apiVersion: v1
                kind: Pod
                metadata: {name: half}
                spec:
                  serviceAccountName: shop
                  automountServiceAccountToken: false
                  volumes: [{name: aws-iam-token, emptyDir: {}}]
                  containers: [{name: main, image: example}]
                """
            )
        }

        private func refuseDryRuns(_ installation: Installation, _ kubeconfig: String) async throws {
            try await installation.controlPlane.create(
                """
                apiVersion: v1
                kind: ServiceAccount
                metadata:
                  name: typo
                  annotations: {eks.amazonaws.com/role-arn: "arn:aws:iam::1:typo"}
                """,
                namespace: installation.namespace
            )
            let warned = try await installation.doctor("--service-account", "typo", kubeconfig: kubeconfig)
            let finding = warned.finding("dry_run_warned", "\(installation.namespace)/typo")
            #expect(
                finding["message"].string?.contains("does not look like the ARN of an IAM role") ?? false,
                "\(warned)"
            )
            try await installation.controlPlane.apply(
                """
                apiVersion: v1
                kind: ResourceQuota
                metadata: {name: none}
                spec: {hard: {requests.cpu: "1", pods: "0"}}
                """,
                namespace: installation.namespace
            )
            let refused = try await eventually("a quota that counts") {
                let run = try await installation.doctor("--service-account", "typo", kubeconfig: kubeconfig)
                return run.codes.contains("dry_run_refused") ? run : nil
            }
            let message = refused.finding("dry_run_refused")["message"].string ?? ""
            #expect(refused.status == 0 && message.contains("exceeded quota"), "\(refused)")
            try await installation.controlPlane.kubectl([
                "delete", "resourcequota", "none", "-n", installation.namespace,
            ])
        }

        /// By the registration's selectors.
        private func leaveOut(_ installation: Installation, _ kubeconfig: String) async throws {
            let namespace =
                #"{"matchExpressions":[{"key":"test","operator":"NotIn","values":["\#(installation.namespace)"]}]}"#
            try await installation.patchRegistration(Installation.replace("namespaceSelector", namespace))
            let excluded = try await eventually("a dry run that passes by the webhook") {
                let run = try await installation.doctor("--service-account", "shop", kubeconfig: kubeconfig)
                return run.finding("namespace_excluded", "\(installation.namespace)/shop") == .null ? nil : run
            }
            #expect(excluded.status == 1 && excluded.codes == ["namespace_excluded"], "\(excluded)")
            #expect(excluded.finding("namespace_excluded", "\(installation.namespace)/missed") != .null)

            try await installation.patchRegistration(
                Installation.replace("namespaceSelector", "{}"),
                Installation.replace("objectSelector", #"{"matchLabels":{"opt":"in"}}"#)
            )
            let unselected = try await eventually("a dry run that passes by the webhook") {
                let run = try await installation.doctor("--service-account", "shop", kubeconfig: kubeconfig)
                return run.codes == ["object_excluded"] ? run : nil
            }
            #expect(unselected.status == 0)
            #expect(unselected.finding("object_excluded", "\(installation.namespace)/missed")["status"].string == "ok")
        }

        /// What the chart adds for `--scan-interval`.
        private static let scanRole = """
            apiVersion: rbac.authorization.k8s.io/v1
            kind: ClusterRole
            metadata: {name: pod-identity-webhook-scan}
            rules: [{apiGroups: [""], resources: [pods], verbs: [list]}]
            ---
            apiVersion: rbac.authorization.k8s.io/v1
            kind: ClusterRoleBinding
            metadata: {name: pod-identity-webhook-scan}
            roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: pod-identity-webhook-scan}
            subjects:
            - {kind: ServiceAccount, name: pod-identity-webhook, namespace: \(Installation.systemNamespace)}
            """

        @Test func `The server's own scan counts pods without their identity, and says when it cannot`() async throws {
            let binding = ["clusterrolebinding", "pod-identity-webhook-scan"]
            try await ControlPlane.shared().kubectl(["delete", "--ignore-not-found"] + binding)
            try await Installation.with(flags: ["--scan-interval=200ms"]) { installation in
                let scans = "pod_identity_webhook_scans_total"
                try await eventually("a scan that is refused", log: installation.logs) {
                    try await MetricsTests().scrape(installation.webhook).value(scans, ["result": "failed"]) ?? 0 > 0
                }
                try await installation.createServiceAccount("late", role: nil)
                _ = try await installation.create(Manifest.pod("late", serviceAccount: "late"))
                try await installation.annotate(serviceAccount: "late", role: "late")
                try await installation.controlPlane.apply(Self.scanRole)
                try await eventually("a scan that finds the pod", log: installation.logs) {
                    let metrics = try await MetricsTests().scrape(installation.webhook)
                    return metrics.value(scans, ["result": "completed"]) ?? 0 > 0
                        && metrics.value("pod_identity_webhook_pods_without_identity") ?? 0 > 0
                }
                #expect(installation.webhook.log.contains("a pod is without its identity"))
                #expect(installation.webhook.log.contains("the pods could not be scanned"))
            }
            try await ControlPlane.shared().kubectl(["delete"] + binding)
        }
    }
}
