import Kubernetes
import TestPrograms
import TestSupport
import Testing

extension EndToEnd.DoctorTests {
    @Test func `doctor accepts the output of trust-policy, and finds policies that are too narrow or too wide`()
        async throws
    {
        try await Installation.with { installation in
            let kubeconfig = try await installation.doctorKubeconfig()
            let namespace = installation.namespace
            try await installation.createServiceAccount("shop", role: "shop")
            try await installation.createServiceAccount("stock", role: "shop")
            let place = ["--kubeconfig", kubeconfig, "--webhook-configuration", namespace, "-n", namespace]

            /// Passes the policy that `trust-policy` prints to `doctor`.
            func compare(_ policy: String, _ account: String = "shop") async throws -> DoctorRun {
                let flags = ["--service-account", account, "--trust-policies", "-", "-o", "json"]
                let output = try await Command(
                    WebhookProcess.executable,
                    ["doctor", "--connect", "127.0.0.1:\(installation.webhook.port)"] + place + flags
                ).run(input: Array(policy.utf8))
                let report = try APIObject(json: output.text)
                return DoctorRun(
                    status: output.status,
                    findings: report["findings"].elements,
                    errorText: output.errorText
                )
            }

            let arguments = ["trust-policy"] + place + ["--service-account", "shop"]
            let policy = try await Command(WebhookProcess.executable, arguments).runText()
            let allowed = try await compare(policy)
            #expect(allowed.finding("trust_allowed", "\(namespace)/shop")["status"].string == "ok", "\(allowed)")
            #expect(allowed.findings.filter { $0["check"].string == "trust" }.count == 1, "\(allowed)")

            let other = try await compare(policy, "stock")
            let miss = other.finding("trust_not_allowed", "\(namespace)/stock")
            #expect(
                other.status == 1 && miss["remedy"].string?.contains("--service-account stock") ?? false,
                "\(other)"
            )
            let both = try await Command(
                WebhookProcess.executable,
                arguments + ["--service-account", "stock"]
            ).runText()
            for account in ["shop", "stock"] {
                #expect(try await compare(both, account).finding("trust_allowed") != .null, "\(account)")
            }

            let issuer = try await installation.controlPlane.kubectl([
                "get", "--raw", "/.well-known/openid-configuration",
            ])
            let name = try APIObject(json: issuer)["issuer"].string?.replacing("https://", with: "") ?? ""
            #expect(!name.isEmpty && policy.contains("oidc-provider/\(name)\""), "\(policy)")
            let subject = "\"\(name):sub\": \"system:serviceaccount:\(namespace):shop\","
            let wide = try await compare(policy.replacing(subject, with: ""))
            #expect(wide.finding("trust_too_wide")["status"].string == "warning", "\(wide)")
        }
    }
}
