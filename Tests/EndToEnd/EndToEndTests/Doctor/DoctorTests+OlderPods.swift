import Kubernetes
import TestPrograms
import TestSupport
import Testing

extension EndToEnd.DoctorTests {
    // Timestamps have whole seconds, so each object that must be younger is created again until it is.
    @Test func `doctor finds pods older than their ServiceAccount, its annotation or the registration`() async throws {
        try await Installation.with(.service) { installation in
            let kubeconfig = try await installation.doctorKubeconfig()
            try await olderThanServiceAccount(installation, kubeconfig)
            try await olderThanAnnotation(installation, kubeconfig)
            try await olderThanRegistration(installation, kubeconfig)
        }
    }

    private func olderThanServiceAccount(_ installation: Installation, _ kubeconfig: String) async throws {
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
        let name = "\(installation.namespace)/\(pod["metadata"]["name"].string ?? "")"
        let run = try await eventually("a pod older than its ServiceAccount") {
            try await installation.controlPlane.kubectl([
                "delete", "serviceaccount", "late", "-n", installation.namespace,
            ])
            try await installation.createServiceAccount("late", role: "late")
            _ = try await installation.dryRun(Manifest.pod(serviceAccount: "late"), untilRole: "late")
            let run = try await installation.doctor("--service-account", "late", kubeconfig: kubeconfig)
            return run.finding("older_than_role", name) == .null ? nil : run
        }
        #expect(run.status == 1)
        let remedy = "kubectl -n \(installation.namespace) rollout restart deployment/late"
        #expect(run.finding("older_than_role", name)["remedy"].string == remedy)
        let other = try await installation.doctor("--service-account", "default", kubeconfig: kubeconfig)
        #expect(other.finding("older_than_role") == .null, "\(other)")
    }

    /// Kubernetes 1.20 records managedFields of a ServiceAccount only after its first server-side apply.
    private func olderThanAnnotation(_ installation: Installation, _ kubeconfig: String) async throws {
        try await installation.controlPlane.kubectl(
            ["apply", "--server-side", "-n", installation.namespace, "-f", "-"],
            input: """
                apiVersion: v1
                kind: ServiceAccount
                metadata: {name: applied, labels: {applied: server-side}}
                """
        )
        _ = try await installation.create(Manifest.pod("applied", serviceAccount: "applied"))
        let name = "\(installation.namespace)/applied"
        let message = try await eventually("a pod older than the annotation of its ServiceAccount") {
            try await installation.controlPlane.kubectl([
                "annotate", "serviceaccount", "applied", "-n", installation.namespace, "eks.amazonaws.com/role-arn-",
            ])
            try await installation.annotate(serviceAccount: "applied", role: "applied")
            let run = try await installation.doctor("--pod", "applied", kubeconfig: kubeconfig)
            return run.finding("older_than_role", name)["message"].string
        }
        #expect(message.contains("before its ServiceAccount applied got the role"))
    }

    private func olderThanRegistration(_ installation: Installation, _ kubeconfig: String) async throws {
        let name = Installation.systemNamespace
        let webhooks = try await installation.registeredWebhooks()
        let registration = APIObject.object([
            "apiVersion": .string("admissionregistration.k8s.io/v1"),
            "kind": .string("MutatingWebhookConfiguration"),
            "metadata": .object(["name": .string(name)]),
            "webhooks": webhooks,
        ])
        let delete = ["delete", "mutatingwebhookconfiguration", name, "--ignore-not-found"]
        try await installation.createServiceAccount("early", role: "early")
        try await installation.controlPlane.kubectl(delete)
        _ = try await installation.dryRun(Manifest.pod(serviceAccount: "early"), untilRole: nil)
        _ = try await installation.create(Manifest.pod("early", serviceAccount: "early"))

        let subject = "\(installation.namespace)/early"
        let without = try await installation.doctor("--service-account", "early", kubeconfig: kubeconfig)
        let missing = without.findings.filter { $0["code"].string == "not_registered" }
        #expect(missing.compactMap { $0["check"].string } == ["registration", "serviceAccounts", "pods"], "\(without)")

        let run = try await eventually("a pod older than the registration") {
            try await installation.controlPlane.kubectl(delete)
            try await installation.controlPlane.apply(registration.description)
            let run = try await installation.doctor("--pod", "early", kubeconfig: kubeconfig)
            return run.finding("older_than_registration", subject) == .null ? nil : run
        }
        #expect(run.status == 1, "\(run)")
    }
}
