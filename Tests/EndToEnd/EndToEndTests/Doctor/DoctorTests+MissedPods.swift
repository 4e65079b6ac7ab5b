import Foundation
import Kubernetes
import TestNetwork
import TestPrograms
import TestSupport
import Testing

extension EndToEnd.DoctorTests {
    @Test func `doctor finds pods and dry runs that the webhook missed`() async throws {
        try await Installation.with(.service) { installation in
            let kubeconfig = try await installation.doctorKubeconfig()
            let namespace = installation.namespace
            try await installation.makeReadyReplica()
            try await installation.createServiceAccount("shop", role: "shop")
            let authority = "\(try await installation.registeredWebhooks()[0]["clientConfig"]["caBundle"])"
            let other = try TestCertificates(commonName: "other").root.certificate
            let otherAuthority = "\"\(Data(other).base64EncodedString())\""

            // The API server does not trust the webhook. With Fail, no pod is created; with Ignore, pods get no role.
            try await installation.patchRegistration(Installation.replace("clientConfig/caBundle", otherAuthority))
            let failing = try await eventually("a dry run that fails") {
                let run = try await installation.doctor(kubeconfig: kubeconfig)
                return run.codes.contains("webhook_failed") ? run : nil
            }
            #expect(
                failing.status == 1 && failing.codes == ["certificate_rejected", "webhook_failed"],
                "\(failing)"
            )
            try await stopDryRuns(installation, kubeconfig)
            try await installation.patchRegistration(Installation.replace("failurePolicy", #""Ignore""#))
            let ignoring = try await eventually("a dry run without a role") {
                let run = try await installation.doctor(kubeconfig: kubeconfig)
                return run.codes.contains("not_injected") ? run : nil
            }
            #expect(ignoring.codes == ["certificate_rejected", "not_injected"], "\(ignoring)")
            try await failStrictly(installation, kubeconfig)
            try await missPods(installation)
            try await installation.patchRegistration(Installation.replace("clientConfig/caBundle", authority))
            _ = try await installation.dryRun(Manifest.pod(serviceAccount: "shop"), untilRole: "shop")

            let missed = try await installation.doctor(kubeconfig: kubeconfig)
            #expect(missed.status == 1, "\(missed)")
            let remedy = missed.finding("webhook_did_not_answer", "\(namespace)/missed")["remedy"].string ?? ""
            #expect(remedy.hasPrefix("kubectl -n \(namespace) get pod missed -o yaml | "), "\(missed)")
            #expect(remedy.hasSuffix(" && kubectl -n \(namespace) create -f missed.yaml"), "\(missed)")
            #expect(missed.finding("containers_without_identity", "\(namespace)/half") != .null)
            #expect(missed.codes == ["webhook_did_not_answer", "containers_without_identity"], "\(missed)")
            let explained = try await installation.doctor("--pod", "missed", kubeconfig: kubeconfig)
            #expect(explained.codes == ["webhook_did_not_answer"] && explained.status == 1, "\(explained)")
            try await refuseDryRuns(installation, kubeconfig)
            try await leaveOut(installation, kubeconfig)
            try await installation.removeReplicas()
        }
    }

    /// 12 dry runs fail before the fifth failure is seen, because 8 run at a time.
    private func stopDryRuns(_ installation: Installation, _ kubeconfig: String) async throws {
        let namespace = try await installation.controlPlane.makeNamespace("many")
        let accounts = (0..<14).map { Manifest.serviceAccount("shop-\($0)", role: "shop") }
        try await installation.controlPlane.apply(accounts.joined(separator: "\n---\n"), namespace: namespace)
        let run = try await installation.doctor("-n", namespace, kubeconfig: kubeconfig)
        let stopped = run.finding("dry_runs_stopped", "2 more")
        #expect(stopped["status"].string == "unknown", "\(run)")
        #expect(stopped["message"].string?.contains("failed calling webhook") ?? false, "\(run)")
        #expect(run.findings.count { $0["code"].string == "webhook_failed" } == 12, "\(run)")
        try await installation.controlPlane.kubectl(["delete", "namespace", namespace, "--wait=false"])
    }

    /// The first webhook ignores failures, but a later one does not.
    private func failStrictly(_ installation: Installation, _ kubeconfig: String) async throws {
        var strict = try await installation.registeredWebhooks()[0]
        strict["name"] = .string("pods.strict.pod-identity-webhook.amazonaws.com")
        strict["failurePolicy"] = .string("Fail")
        try await installation.patchRegistration(#"{"op":"add","path":"/webhooks/-","value":\#(strict)}"#)
        let run = try await eventually("a dry run that fails because of the strict webhook") {
            let run = try await installation.doctor(kubeconfig: kubeconfig)
            return run.codes.contains("webhook_failed") ? run : nil
        }
        let name = "pods.strict.pod-identity-webhook.amazonaws.com of pod-identity-webhook: "
        let message = run.finding("webhook_failed")["message"].string ?? ""
        #expect(message.hasPrefix("the API server cannot call the webhook \(name)"), "\(run)")
        #expect(run.codes == ["certificate_rejected", "webhook_failed"] && run.status == 1, "\(run)")
        try await installation.patchRegistration(#"{"op":"remove","path":"/webhooks/2"}"#)
        _ = try await installation.dryRun(Manifest.pod(serviceAccount: "shop"), untilRole: nil)
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
              volumes:
              - name: aws-iam-token
                projected: {sources: [{serviceAccountToken: {audience: sts.amazonaws.com, path: token}}]}
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
              annotations:
                eks.amazonaws.com/role-arn: \(Installation.roleARN("typo"))
                eks.amazonaws.com/token-expiration: soon
            """,
            namespace: installation.namespace
        )
        let warned = try await installation.doctor("--service-account", "typo", kubeconfig: kubeconfig)
        let finding = warned.finding("dry_run_warned", "\(installation.namespace)/typo")
        #expect(
            finding["message"].string?.contains("eks.amazonaws.com/token-expiration") ?? false,
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
        let refused = try await eventually("the quota to take effect") {
            let run = try await installation.doctor("--service-account", "typo", kubeconfig: kubeconfig)
            return run.codes.contains("dry_run_refused") ? run : nil
        }
        let message = refused.finding("dry_run_refused")["message"].string ?? ""
        #expect(refused.status == 2 && message.contains("exceeded quota"), "\(refused)")
        try await installation.controlPlane.kubectl([
            "delete", "resourcequota", "none", "-n", installation.namespace,
        ])
    }

    /// The registration's selectors leave pods out.
    private func leaveOut(_ installation: Installation, _ kubeconfig: String) async throws {
        let namespace =
            #"{"matchExpressions":[{"key":"test","operator":"NotIn","values":["\#(installation.namespace)"]}]}"#
        try await installation.patchRegistration(Installation.replace("namespaceSelector", namespace))
        let excluded = try await eventually("a dry run that bypasses the webhook") {
            let run = try await installation.doctor("--service-account", "shop", kubeconfig: kubeconfig)
            return run.finding("namespace_excluded", "\(installation.namespace)/shop") == .null ? nil : run
        }
        #expect(excluded.status == 1 && excluded.codes == ["namespace_excluded"], "\(excluded)")
        #expect(excluded.finding("namespace_excluded", "\(installation.namespace)/missed") != .null)

        try await installation.patchRegistration(
            Installation.replace("namespaceSelector", "{}"),
            Installation.replace("objectSelector", #"{"matchLabels":{"opt":"in"}}"#)
        )
        let unselected = try await eventually("a dry run that bypasses the webhook") {
            let run = try await installation.doctor("--service-account", "shop", kubeconfig: kubeconfig)
            return run.finding("object_excluded", "\(installation.namespace)/shop") == .null ? nil : run
        }
        #expect(unselected.status == 0 && unselected.codes == [], "\(unselected)")
        #expect(unselected.finding("object_excluded", "\(installation.namespace)/missed")["status"].string == "ok")
    }
}
