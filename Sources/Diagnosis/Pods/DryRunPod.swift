internal import KubernetesObjects

/// The pod that dry runs ask for. The "restricted" Pod Security Standard and quotas of compute resources admit it.
enum DryRunPod {
    static let container = "pod-identity-webhook-doctor"

    /// - Parameter account: has names that Kubernetes gave, which need no escapes in JSON.
    static func json(_ account: NamespacedName) -> [UInt8] {
        let resources = #"{"cpu": "10m", "memory": "16Mi", "ephemeral-storage": "16Mi"}"#
        let pod = """
            {
              "apiVersion": "v1",
              "kind": "Pod",
              "metadata": {"generateName": "\(container)-", "namespace": "\(account.namespace)"},
              "spec": {
                "serviceAccountName": "\(account.name)",
                "automountServiceAccountToken": false,
                "restartPolicy": "Never",
                "containers": [{
                  "name": "\(container)",
                  "image": "registry.invalid/\(container)",
                  "resources": {"requests": \(resources), "limits": \(resources)},
                  "securityContext": {
                    "runAsNonRoot": true,
                    "runAsUser": 65532,
                    "allowPrivilegeEscalation": false,
                    "capabilities": {"drop": ["ALL"]},
                    "seccompProfile": {"type": "RuntimeDefault"}
                  }
                }]
              }
            }
            """
        return Array(pod.utf8)
    }
}
