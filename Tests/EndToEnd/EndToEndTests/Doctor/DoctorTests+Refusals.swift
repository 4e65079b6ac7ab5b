import Foundation
import Kubernetes
import TestNetwork
import TestPrograms
import TestSupport
import Testing

extension EndToEnd.DoctorTests {
    @Test func `doctor finds shortened tokens and policies that refuse pods with an identity`() async throws {
        try await Installation.with(.service) { installation in
            let kubeconfig = try await installation.doctorKubeconfig()
            let namespace = installation.namespace
            try await installation.makeReadyReplica(["--token-audience=other"])
            try await installation.controlPlane.apply(
                """
                apiVersion: v1
                kind: ServiceAccount
                metadata:
                  name: shop
                  annotations:
                    eks.amazonaws.com/role-arn: \(Installation.roleARN("shop"))
                    eks.amazonaws.com/audience: shop.example.com
                    eks.amazonaws.com/token-expiration: "2592000"
                ---
                apiVersion: batch/v1beta1
                kind: CronJob
                metadata: {name: night}
                spec:
                  schedule: 0 0 1 1 *
                  jobTemplate:
                    spec:
                      template:
                        metadata: {labels: {team: night}}
                        spec:
                          serviceAccountName: shop
                          automountServiceAccountToken: false
                          restartPolicy: Never
                          containers: [{name: main, image: example}]
                """,
                namespace: namespace
            )
            let found = try await shop(installation, kubeconfig)
            #expect(found.status == 0 && found.codes == ["token_shortened"], "\(found)")
            let claims = "sub system:serviceaccount:\(namespace):shop and aud shop.example.com"
            let message =
                "a new pod like those of CronJob night gets \(Installation.roleARN("shop")), whose trust policy must allow "
                + claims
            #expect(found.finding("dry_run_injected")["message"].string == message)
            let shortened = found.finding("token_shortened", "\(namespace)/shop")["message"].string ?? ""
            #expect(shortened.contains("is valid for 691200 seconds, not 2592000 as requested"), "\(shortened)")
            let flags = found.finding("flags_read")["message"].string ?? ""
            #expect(flags.hasSuffix("--annotation-prefix=eks.amazonaws.com --token-audience=other"), "\(found)")
            let typed = try await shop(installation, kubeconfig, "--token-audience", "sts.amazonaws.com")
            #expect(typed.finding("flags_differ", "--token-audience") != .null, "\(typed)")

            try await refuse(installation, kubeconfig)
            try await installation.removeReplicas()
        }
    }

    private func shop(
        _ installation: Installation,
        _ kubeconfig: String,
        _ arguments: String...
    ) async throws -> DoctorRun {
        try await installation.doctor(["--service-account", "shop"] + arguments, kubeconfig: kubeconfig)
    }

    /// A policy refuses tokens, and then does not support dry runs.
    private func refuse(_ installation: Installation, _ kubeconfig: String) async throws {
        let policy = try await PolicyServer.start()
        let controlPlane = installation.controlPlane
        let name = "policy-\(installation.namespace)"
        try await controlPlane.apply(policy.registration(name, namespace: installation.namespace))
        let refused = try await eventually("the policy to take effect") {
            let run = try await shop(installation, kubeconfig)
            return run.codes.contains("dry_run_refused") || run.codes.contains("injection_refused") ? run : nil
        }
        #expect(refused.status == 1 && refused.codes == ["injection_refused"], "\(refused)")
        #expect(refused.finding("injection_refused")["message"].string?.contains(PolicyServer.words) ?? false)

        try await controlPlane.apply(
            policy.registration(name, namespace: installation.namespace, sideEffects: "Some")
        )
        let unsupported = try await eventually("the error that dry runs are not supported") {
            let run = try await shop(installation, kubeconfig)
            return run.codes == ["dry_run_unsupported"] ? run : nil
        }
        let message = unsupported.finding("dry_run_unsupported")["message"].string ?? ""
        #expect(unsupported.status == 2 && message.contains("policies.example.com"), "\(unsupported)")
        try await controlPlane.kubectl(["delete", "validatingwebhookconfiguration", name])
    }

    @Test func `doctor finds the stale CA bundle of a webhook on the API server's host`() async throws {
        try await Installation.with(.url) { installation in
            let kubeconfig = try await installation.doctorKubeconfig()
            let name = installation.namespace
            // Without --connect, because elsewhere the address would lead to a different host.
            let arguments = ["--webhook-configuration", name, "--service-account", "registration-probe"]
            let works = try await installation.doctor(arguments, kubeconfig: kubeconfig, isInside: true)
            // The serving certificate is signed by a CA other than the cluster's, so only the comparison fails.
            #expect(works.finding("stale_ca_bundle", name)["status"].string == "warning", "\(works)")
            #expect(works.finding("dry_run_injected") != .null && works.status == 0, "\(works)")

            let other = Data(try TestCertificates(commonName: "other").root.certificate).base64EncodedString()
            try await installation.controlPlane.kubectl([
                "patch", "mutatingwebhookconfiguration", name, "--type=json", "-p",
                "[\(Installation.replace("clientConfig/caBundle", "\"\(other)\"")),"
                    + "\(Installation.replace("failurePolicy", "\"Ignore\""))]",
            ])
            let stale = try await eventually("a dry run without a role") {
                let run = try await installation.doctor(arguments, kubeconfig: kubeconfig, isInside: true)
                return run.finding("not_injected") == .null ? nil : run
            }
            #expect(stale.status == 1, "\(stale)")
            #expect(
                stale.finding("not_injected")["message"].string?.contains("CA bundle is stale") ?? false,
                "\(stale)"
            )
            let remedies = stale.findings.compactMap { $0["remedy"].string }
            #expect(remedies.allSatisfy { !$0.contains("apply") && !$0.contains("delete") }, "\(remedies)")
        }
    }
}
