import Kubernetes
import TestPrograms
import TestSupport

/// What tests often do in their namespace.
extension Installation {
    static func roleARN(_ role: String) -> String { "arn:aws:iam::111122223333:role/\(role)" }

    /// - Parameter role: The name of the IAM role; nil for none.
    func createServiceAccount(_ name: String, role: String?) async throws {
        try await controlPlane.create(Manifest.serviceAccount(name, role: role), namespace: namespace)
    }

    func annotate(serviceAccount: String, role: String) async throws {
        try await controlPlane.kubectl([
            "annotate", "--overwrite", "serviceaccount", serviceAccount, "-n", namespace,
            "eks.amazonaws.com/role-arn=\(Self.roleARN(role))",
        ])
    }

    func create(_ manifest: String, dryRun: Bool = false) async throws -> APIObject {
        try await controlPlane.create(manifest, namespace: namespace, dryRun: dryRun)
    }

    /// Repeats a dry run of the pod until it has the role, or none if `role` is nil.
    /// - Returns: That pod.
    func dryRun(_ pod: String, untilRole role: String?) async throws -> APIObject {
        let wanted = role.map(Self.roleARN)
        return try await eventually("a pod with the role \(role ?? "(none)")", log: logs) {
            let answer = try await create(pod, dryRun: true)
            let seen = Identity(of: answer["spec"]["containers"][0])?.role
            guard seen == wanted else { throw ControlPlaneError.unexpected("the pod's role is \(seen ?? "(none)")") }
            return answer
        }
    }

    /// The pods with a label, as soon as there are `count` of them.
    func pods(labelled label: String, count: Int = 1) async throws -> [APIObject] {
        try await eventually("\(count) pods with the label \(label)", log: logs) {
            let pods = try await controlPlane.get("pods", "-l", label, namespace: namespace)["items"].elements
            return pods.count >= count ? pods : nil
        }
    }

    func logs() -> String { "\(webhook.logTail())\n\(controlPlane.logTails())" }
}

enum Manifest {
    static func serviceAccount(_ name: String, role: String?) -> String {
        """
        apiVersion: v1
        kind: ServiceAccount
        metadata:
          name: \(name)
          \(role.map { "annotations: {eks.amazonaws.com/role-arn: \"\(Installation.roleARN($0))\"}" } ?? "annotations: {}")
        """
    }

    /// The rights that the chart adds for a feature.
    static func clusterRole(_ name: String, verbs: [String], of resource: String) -> String {
        """
        apiVersion: rbac.authorization.k8s.io/v1
        kind: ClusterRole
        metadata: {name: \(name)}
        rules: [{apiGroups: [""], resources: [\(resource)], verbs: [\(verbs.joined(separator: ", "))]}]
        ---
        apiVersion: rbac.authorization.k8s.io/v1
        kind: ClusterRoleBinding
        metadata: {name: \(name)}
        roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: \(name)}
        subjects: [{kind: ServiceAccount, name: pod-identity-webhook, namespace: \(Installation.systemNamespace)}]
        """
    }

    /// The rights for `--namespace-roles`.
    static let namespaceReader = clusterRole(
        "pod-identity-webhook-namespaces",
        verbs: ["get", "list", "watch"],
        of: "namespaces"
    )

    /// A pod with an init container and two other containers. It requests no API server token, for which it would have
    /// to wait before Kubernetes 1.24.
    /// - Parameter labels: YAML on one line, as are `annotations`.
    static func pod(
        _ name: String = "example",
        serviceAccount: String,
        labels: String = "{}",
        annotations: String? = nil
    ) -> String {
        """
        apiVersion: v1
        kind: Pod
        metadata:
          name: \(name)
          labels: \(labels)\(annotations.map { "\n  annotations: \($0)" } ?? "")
        spec:
          serviceAccountName: \(serviceAccount)
          automountServiceAccountToken: false
          initContainers:
          - name: setup
            image: example
          containers:
          - name: main
            image: example
            env:
            - name: GREETING
              value: hello
          - name: sidecar
            image: example
        """
    }
}
