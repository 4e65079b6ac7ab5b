internal import JSON
internal import KubernetesObjects

/// The facts about a pod that tell how it was created, and how to replace it.
struct PodFacts: Equatable, Sendable {
    var namespace: String
    var name: String
    var creation: Timestamp?
    var labels: [String: String] = [:]
    var controller: Controller?
    var isMirror = false

    struct Controller: Equatable, Sendable {
        var kind: String
        var name: String
    }
}

extension PodFacts {
    init(_ pod: ObjectView) {
        namespace = pod.metadata.namespace?.string ?? ""
        name = pod.metadata.name?.string ?? ""
        creation = pod.metadata.creation
        labels = pod.metadata.labels
        controller = pod.metadata.controller.map { Controller(kind: $0.kind, name: $0.name) }
        // core/v1 MirrorPodAnnotationKey.
        isMirror = pod.metadata.annotation("kubernetes.io/config.mirror") != nil
    }

    /// The command that replaces the pod by a new one.
    var replaceCommand: String {
        let kubectl = "kubectl -n \(namespace)"
        switch (controller?.kind, controller?.name) {
        case ("ReplicaSet", let owner?):
            // The name of a Deployment's ReplicaSet is the Deployment's with this suffix.
            guard let hash = labels["pod-template-hash"], owner.hasSuffix("-\(hash)") else { break }
            return "\(kubectl) rollout restart deployment/\(owner.dropLast(hash.count + 1))"
        case ("StatefulSet", let owner?): return "\(kubectl) rollout restart statefulset/\(owner)"
        case ("DaemonSet", let owner?): return "\(kubectl) rollout restart daemonset/\(owner)"
        case ("Job", let owner?):
            return "\(kubectl) delete job/\(owner)  # and create it again; a CronJob's next Job is right by itself"
        case (nil, _): return "\(kubectl) delete pod/\(name)  # and create it again"
        default: break
        }
        let owner = controller.map { "its \($0.kind) \($0.name) makes another" } ?? ""
        return "\(kubectl) delete pod/\(name)  # \(owner)"
    }
}
