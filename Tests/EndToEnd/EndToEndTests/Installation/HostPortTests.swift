import Foundation
import TestPrograms
import TestSupport
import Testing

extension EndToEnd {
    /// Pods on the nodes' network, with a real kube-scheduler where the folder of the control plane has one. The test is the
    /// kubelet of the only node.
    @Suite(.serialized) struct HostPortTests {
        private static let node = "host-ports"

        @Test(.enabled(if: ControlPlane.hasScheduler, "needs a kube-scheduler in KUBEBUILDER_ASSETS"))
        func `On the host's network an upgrade of one replica on one node ends, since the old pod goes first`()
            async throws
        {
            let controlPlane = try await ControlPlane.shared()
            let scheduler = try await controlPlane.startScheduler()
            let namespace = try await controlPlane.makeNamespace("host-ports")
            try await makeNode(on: controlPlane)
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
                try await actAsKubelet(namespace, on: controlPlane)
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

                // With the strategy of other installations it does not.
                let strategy = "updateStrategy.rollingUpdate.maxSurge=1,updateStrategy.rollingUpdate.maxUnavailable=0"
                try await helm("upgrade", ["--set", "image.tag=3-0,\(strategy)"])
                try await eventually("a pod that finds no node with free ports", log: controlPlane.logTails) {
                    try await actAsKubelet(namespace, on: controlPlane)
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
                try await remove(namespace, scheduler, from: controlPlane)
                throw error
            }
            try await remove(namespace, scheduler, from: controlPlane)
        }

        private func makeNode(on controlPlane: ControlPlane) async throws {
            let labels = #"{"test": "\#(Self.node)", "kubernetes.io/os": "linux"}"#
            let node = try APIObject(
                json: """
                    {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "\(Self.node)", "labels": \(labels)},
                    "spec": {"taints": [{"key": "\(Self.node)", "effect": "NoSchedule"}]}}
                    """
            )
            try await controlPlane.kubectl(["create", "-f", "-"], input: node.description)
            try await reportNode(on: controlPlane)
        }

        /// A node whose kubelet has not reported for 40 seconds gets no pods.
        private func reportNode(on controlPlane: ControlPlane) async throws {
            var node = try await controlPlane.get("node", Self.node)
            let now = ISO8601DateFormatter().string(from: Date())
            let condition =
                #"{"type": "Ready", "status": "True", "reason": "KubeletReady", "lastHeartbeatTime": "\#(now)"}"#
            let resources = #"{"cpu": "4", "memory": "8Gi", "pods": "100"}"#
            node["status"] = try APIObject(
                json: #"{"allocatable": \#(resources), "capacity": \#(resources), "conditions": [\#(condition)]}"#
            )
            // The controllers write to it as well: the next report comes soon.
            node["metadata"]["resourceVersion"] = .null
            let path = "/api/v1/nodes/\(Self.node)/status"
            try await controlPlane.kubectl(["replace", "--raw", path, "-f", "-"], input: node.description)
        }

        /// Pods that are scheduled run at once, and those to be deleted end at once.
        private func actAsKubelet(_ namespace: String, on controlPlane: ControlPlane) async throws {
            try await reportNode(on: controlPlane)
            for pod in try await controlPlane.get("pods", namespace: namespace)["items"].elements {
                guard let name = pod["metadata"]["name"].string, pod["spec"]["nodeName"].string == Self.node else {
                    continue
                }
                if pod["metadata"]["deletionTimestamp"] != .null {
                    try await controlPlane.kubectl([
                        "delete", "pod", name, "-n", namespace, "--force", "--grace-period=0", "--ignore-not-found",
                    ])
                } else if pod["status"]["phase"].string != "Running" {
                    var running = pod
                    running["status"] = try APIObject(
                        json: #"{"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]}"#
                    )
                    let path = "/api/v1/namespaces/\(namespace)/pods/\(name)/status"
                    try await controlPlane.kubectl(["replace", "--raw", path, "-f", "-"], input: running.description)
                }
            }
        }

        private func remove(
            _ namespace: String,
            _ scheduler: ServerProcess,
            from controlPlane: ControlPlane
        ) async throws {
            await scheduler.stop(SIGKILL)
            let connection = ["--namespace", namespace, "--kubeconfig", controlPlane.adminKubeconfig]
            try await Chart.helm(["uninstall", "identity"] + connection)
            try await controlPlane.kubectl(["delete", "node", Self.node])
            try await controlPlane.kubectl([
                "delete", "pods", "--all", "-n", namespace, "--force", "--grace-period=0",
            ])
            try await controlPlane.kubectl(["delete", "namespace", namespace, "--wait=false"])
        }
    }
}
