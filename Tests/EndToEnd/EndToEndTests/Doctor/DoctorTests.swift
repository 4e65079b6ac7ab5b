import Foundation
import Kubernetes
import TestPrograms
import TestSupport
import Testing

extension EndToEnd {
    /// What `doctor` finds in a healthy cluster, and in one that is broken in every way that it detects.
    @Suite struct DoctorTests {
        @Test func `doctor finds no problem in a healthy cluster and explains its pods`() async throws {
            try await Installation.with(.service) { installation in
                let kubeconfig = try await installation.doctorKubeconfig()
                let namespace = installation.namespace
                let empty = try await installation.doctor(kubeconfig: kubeconfig).codes
                #expect(empty.isSuperset(of: ["no_ready_endpoints", "webhook_account_unknown"]), "\(empty)")
                try await installation.makeReadyReplica()
                try await installation.createServiceAccount("shop", role: "shop")
                _ = try await installation.create(Manifest.pod("good", serviceAccount: "shop"))
                // Makes the pod look like one that was created before pods got this annotation.
                try await installation.controlPlane.kubectl([
                    "annotate", "pod", "good", "-n", namespace, "eks.amazonaws.com/role-arn-",
                ])
                _ = try await installation.create(Manifest.pod("plain", serviceAccount: "default"))

                let well = try await installation.doctor([], kubeconfig: kubeconfig, isInside: true)
                #expect(well.status == 0 && well.codes == [], "\(well)")
                for code in [
                    "registered", "endpoints_ready", "certificate_verified", "flags_read", "access_granted",
                    "token_granted",
                ] {
                    #expect(well.finding(code)["status"].string == "ok", "\(code)")
                }
                let dryRun = well.finding("dry_run_injected", "\(namespace)/shop")["message"].string
                #expect(
                    dryRun?.hasPrefix("a new pod like Pod good gets \(Installation.roleARN("shop")), whose trust ")
                        ?? false
                )
                #expect(well.finding("pod_injected", namespace)["message"].string?.hasPrefix("1 of 1 pods") ?? false)

                try await explainPods(installation, kubeconfig)
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
            let account = try await installation.doctor("--service-account", "nobody", kubeconfig: kubeconfig)
            #expect(account.status == 1 && account.codes == ["service_account_not_found"], "\(account)")
            let nowhere = try await installation.doctor("-n", "nowhere", kubeconfig: kubeconfig)
            #expect(nowhere.status == 1 && nowhere.codes == ["namespace_not_found"], "\(nowhere)")
        }

        /// Runs with a credential plugin that prints the ServiceAccount's token.
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
            let run = try await installation.doctor(
                ["--context", "exec", "--service-account", "shop"],
                kubeconfig: path
            )
            #expect(run.status == 0 && run.finding("dry_run_injected") != .null, "\(run)")
            #expect(try String(contentsOfFile: folder.path("plugin.runs"), encoding: .utf8) == "run\n")
        }
    }
}
