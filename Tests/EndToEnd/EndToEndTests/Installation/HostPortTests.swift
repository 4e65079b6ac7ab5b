import Foundation
import TestPrograms
import TestSupport
import Testing

extension EndToEnd {
    /// Pods on the host network, with one node and a real kube-scheduler if the control plane's folder contains one.
    @Suite(.serialized) struct HostPortTests {
        private static let node = "host-ports"

        @Test(.enabled(if: ControlPlane.hasScheduler, "needs a kube-scheduler in KUBEBUILDER_ASSETS"))
        func `An upgrade of one replica on the host network completes, because the old pod is deleted first`()
            async throws
        {
            let controlPlane = try await ControlPlane.shared()
            let scheduler = try await controlPlane.startScheduler()
            let namespace = try await controlPlane.makeNamespace("host-ports")
            let node = try await FakeNode.add(Self.node, to: controlPlane, taint: Self.node)
            let connection = ["--namespace", namespace, "--kubeconfig", controlPlane.adminKubeconfig]
            let settings = [
                "--set",
                "hostNetwork=true,replicaCount=1,nodeSelector.test=\(Self.node),tolerations[0].key=\(Self.node)",
                "--set", "tolerations[0].operator=Exists",
            ]
            func helm(_ command: String, _ more: [String] = []) async throws {
                try await Chart.helm([command, "identity", Chart.folder] + settings + more + connection)
            }
            func isDone(_ tag: String) async throws -> Bool {
                try await node.runPods(in: namespace)
                let deployment = try await controlPlane.get("deployments", namespace: namespace)["items"][0]
                let image = deployment["spec"]["template"]["spec"]["containers"][0]["image"].string ?? ""
                let counts = ["replicas", "updatedReplicas", "availableReplicas"].map {
                    deployment["status"][$0].integer
                }
                return image.hasSuffix(":\(tag)") && counts == [1, 1, 1]
                    && deployment["status"]["observedGeneration"] == deployment["metadata"]["generation"]
            }
            do {
                try await helm("install", ["--set", "image.tag=1-0"])
                try await eventually("the first pod", log: controlPlane.logTails) { try await isDone("1-0") }
                try await helm("upgrade", ["--set", "image.tag=2-0"])
                try await eventually("the upgrade", log: controlPlane.logTails) { try await isDone("2-0") }

                // With the strategy of other installations, the upgrade does not finish.
                let strategy = "updateStrategy.rollingUpdate.maxSurge=1,updateStrategy.rollingUpdate.maxUnavailable=0"
                try await helm("upgrade", ["--set", "image.tag=3-0,\(strategy)"])
                try await eventually("a pod that finds no node with free ports", log: controlPlane.logTails) {
                    try await node.runPods(in: namespace)
                    let pods = try await controlPlane.get("pods", namespace: namespace)["items"].elements
                    return pods.contains { pod in
                        pod["status"]["conditions"].elements.contains {
                            $0["reason"].string == "Unschedulable"
                                && $0["message"].string?.contains("free ports") ?? false
                        }
                    }
                }
                #expect(try await !isDone("3-0"))
            } catch {
                try await remove(namespace, scheduler, node, from: controlPlane)
                throw error
            }
            try await remove(namespace, scheduler, node, from: controlPlane)
        }

        private func remove(
            _ namespace: String,
            _ scheduler: ServerProcess,
            _ node: FakeNode,
            from controlPlane: ControlPlane
        ) async throws {
            await scheduler.stop(SIGKILL)
            let connection = ["--namespace", namespace, "--kubeconfig", controlPlane.adminKubeconfig]
            try await Chart.helm(["uninstall", "identity"] + connection)
            try await node.remove()
            try await controlPlane.kubectl([
                "delete", "pods", "--all", "-n", namespace, "--force", "--grace-period=0",
            ])
            try await controlPlane.kubectl(["delete", "namespace", namespace, "--wait=false"])
        }
    }
}
