import Foundation
import Synchronization
import TestSupport

/// A node without a kubelet: pods on it are Running and Ready as soon as they are looked at, and no container ever runs.
package final class FakeNode: Sendable {
    package let name: String
    private let controlPlane: ControlPlane
    private let lastAddress = Atomic(0)

    /// - Parameter taint: The key of a taint that keeps away pods that do not tolerate it; the node's label `test` has the
    ///   node's name.
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

    /// Says that the node is ready. A node that has not said so for 40 seconds gets no pods, and those that it has are not
    /// ready any more.
    package func report() async throws {
        var node = try await controlPlane.get("node", name)
        let now = ISO8601DateFormatter().string(from: Date())
        let condition =
            #"{"type": "Ready", "status": "True", "reason": "KubeletReady", "lastHeartbeatTime": "\#(now)"}"#
        let resources = #"{"cpu": "4", "memory": "8Gi", "pods": "100"}"#
        node["status"] = try APIObject(
            json: #"{"allocatable": \#(resources), "capacity": \#(resources), "conditions": [\#(condition)]}"#
        )
        // The controllers write to it as well: the next report comes soon.
        node["metadata"]["resourceVersion"] = .null
        let path = "/api/v1/nodes/\(name)/status"
        try await controlPlane.kubectl(["replace", "--raw", path, "-f", "-"], input: node.description)
    }

    /// Starts the namespace's pods that are on the node, and ends those that are to be deleted.
    /// - Parameter isScheduler: Also takes the pods that are on no node.
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

    /// Runs all pods of these namespaces until the task is cancelled.
    package func keepRunning(_ namespaces: [String], every pause: Duration) -> Task<Void, any Error> {
        Task {
            while !Task.isCancelled {
                // A controller may have changed a pod meanwhile; the next round has what it is then.
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
        // Of multicast, to which the kernel makes no TCP connection: nobody answers in the pod's place.
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
