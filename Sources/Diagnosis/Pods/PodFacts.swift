internal import JSON
internal import KubernetesObjects

/// Facts about how a pod was created, and how to replace it.
struct PodFacts: Equatable, Sendable {
    var namespace: String
    var name: String
    var creation: Timestamp?
    var labels: [String: String] = [:]
    var workload: Workload
    var isMirror = false
    /// The names of ephemeral containers that have ended. They never start again.
    var endedContainers: Set<String> = []
}

extension PodFacts {
    init(_ pod: ObjectView, _ workload: Workload) {
        namespace = pod.metadata.namespace?.string ?? ""
        name = pod.metadata.name?.string ?? ""
        creation = pod.metadata.creation
        labels = pod.metadata.labels
        self.workload = workload
        // core/v1 MirrorPodAnnotationKey.
        isMirror = pod.metadata.annotation("kubernetes.io/config.mirror") != nil
        for status in pod.value["status"]?["ephemeralContainerStatuses"]?.elements.filter({ _ in true }) ?? [] {
            guard status["state"]?["terminated"]?.kind == .object, let name = status["name"]?.string else { continue }
            endedContainers.insert(name)
        }
    }

    /// The command that replaces the pod with a new one.
    ///
    /// - Parameter change: What to change in the manifest of a pod that nothing recreates, in words.
    func replaceCommand(change: String? = nil) -> Remedy {
        workload.replaceCommand(for: [name], change: change)
    }

    /// The command that changes how the pod is created.
    ///
    /// - Parameter change: What to change, in words.
    func changeCommand(_ change: String) -> Remedy {
        guard let owner = workload.operatorOwner ?? workload.controller else {
            return replaceCommand(change: change)
        }
        return Remedy("kubectl -n \(namespace) edit \(owner.resource)", note: change)
    }
}
