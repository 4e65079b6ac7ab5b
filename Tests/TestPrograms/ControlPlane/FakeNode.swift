import Foundation
import Synchronization
import TestSupport

/// A node without a kubelet. Its pods are reported as Running and Ready, but no container ever runs.
package final class FakeNode: Sendable {
    package let name: String
    private let controlPlane: ControlPlane
    private let lastAddress = Atomic(0)

    /// - Parameter taint: The key of a taint that keeps out pods that do not tolerate it. The node's label `test` has
    ///   the name of the node.
    package static func add(
        _ name: String,
        to controlPlane: ControlPlane,
        taint: String? = nil
    ) async throws -> FakeNode {
        let node = FakeNode(name, controlPlane)
        let taints = taint.map { #"[{"key": "\#($0)", "effect": "NoSchedule"}]"# } ?? "[]"
        let labels = #"{"test": "\#(name)", "kubernetes.io/os": "linux"}"#
        let object = """
            {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "\(name)", "labels": \(labels)}, \
            "spec": {"taints": \(taints)}}
            """
        try await controlPlane.kubectl(["create", "-f", "-"], input: object)
        try await node.report()
        return node
    }

    private init(_ name: String, _ controlPlane: ControlPlane) {
        self.name = name
        self.controlPlane = controlPlane
    }

    package func remove() async throws { try await controlPlane.kubectl(["delete", "node", name]) }

    /// Reports that the node is ready. A node that has not reported for 40 seconds gets no pods, and its pods are not
    /// ready.
    package func report() async throws {
        var node = try await controlPlane.get("node", name)
        let now = ISO8601DateFormatter().string(from: Date())
        let condition =
            #"{"type": "Ready", "status": "True", "reason": "KubeletReady", "lastHeartbeatTime": "\#(now)"}"#
        let resources = #"{"cpu": "4", "memory": "8Gi", "pods": "100"}"#
        node["status"] = try APIObject(
            json: #"{"allocatable": \#(resources), "capacity": \#(resources), "conditions": [\#(condition)]}"#
        )
        // The controllers write to the node as well; without a resource version, this update does not conflict with
        // theirs.
        node["metadata"]["resourceVersion"] = .null
        let path = "/api/v1/nodes/\(name)/status"
        try await controlPlane.kubectl(["replace", "--raw", path, "-f", "-"], input: node.description)
    }

    /// Starts the namespace's pods that are on the node, and removes those that are to be deleted.
    /// - Parameter isScheduler: Whether it also takes pods that are not on any node.
    package func runPods(in namespace: String, isScheduler: Bool = false) async throws {
        try await report()
        for pod in try await controlPlane.get("pods", namespace: namespace)["items"].elements {
            guard let pod = try await scheduled(pod, if: isScheduler), let name = pod["metadata"]["name"].string else {
                continue
            }
            if pod["metadata"]["deletionTimestamp"] != .null {
                try await controlPlane.kubectl([
                    "delete", "pod", name, "-n", namespace, "--force", "--grace-period=0", "--ignore-not-found",
                ])
            } else if pod["status"]["phase"].string != "Running" {
                try await setRunning(pod, "/api/v1/namespaces/\(namespace)/pods/\(name)/status")
            }
        }
    }

    /// Runs all pods in these namespaces until the task is cancelled.
    package func keepRunning(_ namespaces: [String], every pause: Duration) -> Task<Void, any Error> {
        Task {
            while !Task.isCancelled {
                // A controller may have changed a pod meanwhile; the next round reads it again.
                for namespace in namespaces { try? await runPods(in: namespace, isScheduler: true) }
                try await Task.sleep(for: pause)
            }
        }
    }

    /// - Returns: The pod if it is on this node.
    private func scheduled(_ pod: APIObject, if isScheduler: Bool) async throws -> APIObject? {
        let node = pod["spec"]["nodeName"].string
        guard node == nil, isScheduler, let name = pod["metadata"]["name"].string,
            let namespace = pod["metadata"]["namespace"].string
        else { return node == self.name ? pod : nil }
        let binding = """
            {"apiVersion": "v1", "kind": "Binding", "metadata": {"name": "\(name)"}, \
            "target": {"apiVersion": "v1", "kind": "Node", "name": "\(self.name)"}}
            """
        _ = try await controlPlane.post(binding, to: "/api/v1/namespaces/\(namespace)/pods/\(name)/binding")
        return try await controlPlane.get("pod", name, namespace: namespace)
    }

    private func setRunning(_ pod: APIObject, _ path: String) async throws {
        let number = lastAddress.add(1, ordering: .relaxed).newValue
        // A multicast address. The kernel makes no TCP connections to these, so nothing else can respond as the pod.
        let address = "239.200.\(number / 250).\(number % 250 + 1)"
        let containers = pod["spec"]["containers"].elements.map { container in
            APIObject.object([
                "name": container["name"], "image": container["image"], "imageID": .string(""),
                "ready": .bool(true), "restartCount": .integer(0),
            ])
        }
        var running = pod
        running["status"] = .object([
            "phase": .string("Running"), "podIP": .string(address),
            "podIPs": .array([.object(["ip": .string(address)])]),
            "conditions": .array([.object(["type": .string("Ready"), "status": .string("True")])]),
            "containerStatuses": .array(containers),
        ])
        try await controlPlane.kubectl(["replace", "--raw", path, "-f", "-"], input: running.description)
    }
}
