import Kubernetes
import TestPrograms
import TestSupport
import Testing

extension EndToEnd.DoctorTests {
    @Test func `doctor takes into account roles that Namespaces assign`() async throws {
        try await Installation.with(
            flags: ["--namespace-roles"],
            prepare: { controlPlane, _ in try await controlPlane.apply(Manifest.namespaceReader) }
        ) { installation in
            let kubeconfig = try await installation.doctorKubeconfig()
            let namespace = installation.namespace
            try await installation.createServiceAccount("plain", role: nil)
            _ = try await installation.create(Manifest.pod("early", serviceAccount: "plain"))
            let early = try await eventually("a pod older than the annotation of its Namespace") {
                try await installation.annotateNamespace(role: nil)
                try await installation.annotateNamespace(role: "common")
                let run = try await doctor(installation, [], kubeconfig)
                return run.finding("older_than_role", "\(namespace)/early")["message"].string
            }
            #expect(early.contains("before its Namespace got the role"))
            _ = try await installation.dryRun(Manifest.pod(serviceAccount: "plain"), untilRole: "common")
            _ = try await installation.create(Manifest.pod("good", serviceAccount: "plain"))
            try await installation.controlPlane.kubectl(["delete", "pod", "early", "-n", namespace])

            let well = try await doctor(installation, [], kubeconfig)
            #expect(well.status == 0, "\(well)")
            for account in ["plain", "default", "registration-probe"] {
                #expect(well.finding("dry_run_injected", "\(namespace)/\(account)") != .null, "\(well)")
            }
            #expect(well.finding("pod_injected", namespace)["message"].string?.hasPrefix("1 of 1 pods") ?? false)
            // A webhook on the API server's host has no ServiceAccount.
            #expect(well.finding("webhook_account_unknown") == .null, "\(well)")
            let without = try await installation.doctor("--webhook-configuration", namespace, kubeconfig: kubeconfig)
            #expect(without.finding("dry_run_injected", "\(namespace)/plain") == .null, "\(without)")

            try await judgeAccess(installation, kubeconfig)
            try await withoutNamespaces(installation)
        }
        try await ControlPlane.shared().kubectl(["delete", "clusterrolebinding", "pod-identity-webhook-namespaces"])
    }

    /// Runs with the flag for this installation's registration.
    private func doctor(
        _ installation: Installation,
        _ arguments: [String],
        _ kubeconfig: String
    ) async throws -> DoctorRun {
        let flags = ["--namespace-roles", "--webhook-configuration", installation.namespace]
        return try await installation.doctor(flags + arguments, kubeconfig: kubeconfig)
    }

    /// The webhook needs to read Namespaces too.
    private func judgeAccess(_ installation: Installation, _ kubeconfig: String) async throws {
        let account = "\(Installation.systemNamespace)/pod-identity-webhook"
        let arguments = ["--webhook-service-account", account]
        let granted = try await doctor(installation, arguments, kubeconfig)
        let rights = granted.finding("access_granted")["message"].string ?? ""
        #expect(granted.finding("access_denied") == .null, "\(granted)")
        #expect(rights.hasSuffix(" need with serviceaccounts, events, namespaces"), "\(rights)")
        let watcher = "\(Installation.systemNamespace)/\(Installation.doctorAccount)"
        let denied = try await doctor(installation, ["--webhook-service-account", watcher], kubeconfig)
        let findings = denied.findings.filter { $0["code"].string == "access_denied" }
        for (words, status) in [
            ("may not get, watch serviceaccounts in all", "problem"), ("may not create, patch events", "warning"),
            ("may not get, watch namespaces: ", "problem"),
        ] {
            let finding = findings.first { $0["message"].string?.contains(words) ?? false }
            #expect(finding?["status"].string == status, "\(words): \(denied)")
        }
        #expect(findings.count == 3, "\(denied)")
    }

    /// Without the right to list Namespaces, the remaining checks still run.
    private func withoutNamespaces(_ installation: Installation) async throws {
        let namespace = installation.namespace
        try await installation.controlPlane.kubectl([
            "create", "rolebinding", "doctor", "-n", namespace, "--clusterrole=pod-identity-webhook-doctor",
            "--serviceaccount=\(namespace):default",
        ])
        let kubeconfig = try await installation.controlPlane.kubeconfig(serviceAccount: "default", namespace: namespace)
        let explained = try await eventually("the permissions of the binding") {
            let run = try await doctor(installation, ["--pod", "good"], kubeconfig)
            return run.finding("pod_undecided", "\(namespace)/good") == .null ? nil : run
        }
        #expect(
            explained.finding("pod_undecided")["status"].string == "unknown" && explained.status == 2,
            "\(explained)"
        )
        let refused = explained.findings.filter { $0["code"].string == "request_refused" }
        #expect(refused.contains { $0["message"].string?.contains("cannot list resource \"namespaces\"") ?? false })
        let all = try await doctor(installation, [], kubeconfig)
        #expect(
            all.finding("pod_undecided", namespace)["message"].string?.hasPrefix("whether 1 pods should") ?? false,
            "\(all)"
        )
    }
}

extension Installation {
    /// - Parameter role: The name of the IAM role; nil to remove it.
    fileprivate func annotateNamespace(role: String?) async throws {
        let annotation = "eks.amazonaws.com/role-arn" + (role.map { "=\(Self.roleARN($0))" } ?? "-")
        try await controlPlane.kubectl(["annotate", "--overwrite", "namespace", namespace, annotation])
    }
}
