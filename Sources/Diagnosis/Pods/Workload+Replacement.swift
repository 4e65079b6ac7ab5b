/// The replacement of pods by new ones, which get what the webhook gives at that time.
extension Workload {
    /// The maximum number of pods that a command names.
    private static let named = 5
    /// The fields that the API server writes into a pod, or does not accept in a new one.
    private static let leftOut =
        #"{"metadata":{"creationTimestamp":null,"managedFields":null,"resourceVersion":null,"selfLink":null,"uid":null},"#
        + #""spec":{"ephemeralContainers":null,"nodeName":null},"status":null}"#

    /// A command that replaces pods of this workload. Only objects without an owner are restarted as a whole: an
    /// operator would revert changes to what it owns. A bare pod's manifest is saved first, because there is no other
    /// copy.
    ///
    /// - Parameters:
    ///   - pods: The names of the pods, at least one.
    ///   - change: What to change in the saved manifest of a bare pod, because otherwise a new pod would lack the same.
    package func replaceCommand(for pods: [String], change: String? = nil) -> Remedy {
        guard let owner = owners.first else { return bareCommand(for: pods, change: change) }
        if let operatorOwner {
            return gradualDeletion(of: pods, "\(operatorOwner.description) owns them and recreates them")
        }
        guard let controller, !isReplacedOnDeletion else {
            return gradualDeletion(of: pods, "the \(owner.description) recreates them")
        }
        switch controller.kind {
        case "Deployment", "StatefulSet", "DaemonSet":
            let doubt = isCertain ? nil : "if an operator owns it, delete the pods instead: owners could not be read"
            return Remedy("\(kubectl) rollout restart \(controller.resource)", note: doubt)
        case "CronJob":
            let name = "\(controller.name)-again"
            return Remedy(
                "\(kubectl) create job --from=\(controller.resource) \(name)",
                note: "or wait for its next Job"
            )
        case "Job":
            return deletion(of: pods, "\(controller.description) recreates them, which restarts its work")
        case "Node": return Remedy("\(kubectl) get pods", note: "a static pod can have no identity")
        default: return gradualDeletion(of: pods, "\(controller.description) recreates them")
        }
    }

    private var kubectl: ShellCommand { "kubectl -n \(namespace)" }

    /// The command deletes only one pod: deleting all at once would be an outage.
    private func gradualDeletion(of pods: [String], _ reason: String) -> Remedy {
        let rest = pods.dropFirst()
        guard !rest.isEmpty else { return deletion(of: pods, "one by one: \(reason)") }
        let others = rest.count >= Self.named ? " and \(rest.count - Self.named + 1) more (-v)" : ""
        let names = rest.prefix(Self.named - 1).joined(separator: ", ") + others
        return deletion(of: Array(pods.prefix(1)), "then, when a new one is ready, the next of \(names): \(reason)")
    }

    private func deletion(of pods: [String], _ note: String) -> Remedy {
        let rest = pods.count > Self.named ? "the other \(pods.count - Self.named) too (-v); " : ""
        return Remedy("\(kubectl) delete pod \(ShellCommand.words(pods.prefix(Self.named)))", note: rest + note)
    }

    private func bareCommand(for pods: [String], change: String?) -> Remedy {
        guard pods.count == 1, let pod = pods.first else {
            return Remedy(
                "\(kubectl) get pod \(ShellCommand.words(pods.prefix(Self.named))) -o yaml",
                note: "nothing recreates them: -v shows the commands for each"
            )
        }
        let save: ShellCommand =
            "\(kubectl) get pod \(pod) -o yaml | kubectl patch --local -f - --type=merge -p \(Self.leftOut) -o yaml >\(pod).yaml"
        let replace: ShellCommand = "\(kubectl) delete pod \(pod) && \(kubectl) create -f \(pod).yaml"
        guard let change else { return Remedy("\(save) && \(replace)") }
        return Remedy(save, note: "in that file, \(change), then: \(replace.text)")
    }
}
