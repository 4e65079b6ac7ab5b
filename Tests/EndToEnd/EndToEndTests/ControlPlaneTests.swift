import TestPrograms
import TestSupport
import Testing

extension EndToEnd {
    /// What the other tests assume about the control plane.
    @Suite struct ControlPlaneTests {
        @Test func `A ServiceAccount can do only what RBAC allows`() async throws {
            let controlPlane = try await ControlPlane.shared()
            let namespace = try await controlPlane.makeNamespace("rbac")
            let kubeconfig = try await controlPlane.kubeconfig(serviceAccount: "default", namespace: namespace)
            await #expect(throws: CommandError.self) {
                try await controlPlane.kubectl(["get", "serviceaccounts", "-n", namespace], kubeconfig: kubeconfig)
            }
            try await controlPlane.kubectl([
                "create", "rolebinding", "viewer", "-n", namespace, "--clusterrole=view",
                "--serviceaccount=\(namespace):default",
            ])
            try await eventually("the role to take effect") {
                try await controlPlane.kubectl(
                    ["get", "serviceaccounts", "-n", namespace],
                    kubeconfig: kubeconfig
                ).contains("default")
            }
        }

        @Test func `The API server keeps its objects when it is killed and restarted`() async throws {
            let controlPlane = try await ControlPlane.shared()
            let namespace = try await controlPlane.makeNamespace("restart")
            await controlPlane.killAPIServer()
            await #expect(throws: CommandError.self) {
                try await controlPlane.get("namespace", namespace)
            }
            try await controlPlane.startAPIServer()
            #expect(try await controlPlane.get("namespace", namespace)["metadata"]["name"].string == namespace)
        }
    }
}
