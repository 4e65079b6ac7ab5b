import Kubernetes
import TestPrograms
import TestSupport
import Testing

extension EndToEnd {
    /// Pods that controllers create.
    @Suite struct WorkloadTests {
        @Test(arguments: ["Deployment", "StatefulSet", "Job"])
        func `The pods of a workload get the role`(kind: String) async throws {
            try await Installation.with { installation in
                try await installation.createServiceAccount("reports", role: "reports")
                _ = try await installation.dryRun(Manifest.pod(serviceAccount: "reports"), untilRole: "reports")
                try await installation.controlPlane.apply(workload(kind), namespace: installation.namespace)

                // A StatefulSet creates its second pod when the first one is running, which requires a kubelet.
                let pods = try await installation.pods(labelled: "app=reports", count: kind == "StatefulSet" ? 1 : 2)
                for pod in pods {
                    #expect(pod["metadata"]["ownerReferences"][0]["controller"].bool == true)
                    #expect(Identity.all(in: pod) == [.expected(role: "reports")])
                    #expect(Identity.projectedToken(in: pod)?["audience"].string == "sts.amazonaws.com")
                }
            }
        }

        private func workload(_ kind: String) -> String {
            let (version, specific) =
                switch kind {
                case "Job": ("batch/v1", "parallelism: 2")
                case "StatefulSet": ("apps/v1", "serviceName: reports\n  replicas: 2")
                default: ("apps/v1", "replicas: 2")
                }
            let selector = kind == "Job" ? "" : "selector: {matchLabels: {app: reports}}"
            return """
                apiVersion: \(version)
                kind: \(kind)
                metadata:
                  name: reports
                spec:
                  \(specific)
                  \(selector)
                  template:
                    metadata:
                      labels: {app: reports}
                    spec:
                      serviceAccountName: reports
                      restartPolicy: \(kind == "Job" ? "Never" : "Always")
                      containers:
                      - name: main
                        image: example
                """
        }
    }
}
