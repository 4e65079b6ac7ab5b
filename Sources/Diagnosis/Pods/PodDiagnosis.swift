internal import JSON
internal import KubernetesObjects
internal import PodIdentity

/// Finds out why existing pods are without the identity that they should have.
struct PodDiagnosis: Sendable {
    let cluster: ClusterView

    /// The results for all pods together.
    struct Tally: Sendable {
        var findings: [Finding] = []
        var found = 0
        /// How many pods should have an identity.
        var wanted = 0
        /// How many of the `wanted` pods have it in every container.
        var complete = 0
        /// For how many pods it cannot be told whether they should have an identity.
        var undecided = 0
        /// The ServiceAccount of the last pod.
        var serviceAccount: String?
    }

    /// Adds a pod to the tally.
    ///
    /// - Parameter isDetailed: Whether a pod that is as it should be is a finding, too.
    func add(_ object: ObjectView, to tally: inout Tally, isDetailed: Bool = false) {
        // What is on its way out needs nothing any more, and may have been replaced already.
        guard isDetailed || !object.metadata.isTerminating else { return }
        tally.found += 1
        tally.serviceAccount = object.value["spec"]?["serviceAccountName"]?.string
        let facts = PodFacts(object, cluster.workloads.workload(of: object))
        let pod: PodView
        do throws(MalformedPod) {
            pod = try PodView(object.value, namespace: facts.namespace)
        } catch {
            tally.undecided += 1
            if isDetailed { tally.findings.append(facts.undecided("\(error)")) }
            return
        }
        switch cluster.examine(pod, endedContainers: facts.endedContainers) {
        case .lacking(let gap):
            tally.wanted += 1
            tally.findings += findings(facts, gap, pod.serviceAccount)
        case .complete(let identity):
            tally.wanted += 1
            tally.complete += 1
            if isDetailed { tally.findings.append(facts.topic.ok(.podInjected, "every container has \(identity)")) }
        case .ownCredentials(let identity, let defects):
            if !defects.contains(where: { $0.kind == .ownIdentity }) {
                tally.wanted += 1
                tally.complete += 1
            }
            tally.findings += findings(facts, .init(identity: identity, defects: defects), pod.serviceAccount)
        case .leftAlone(let reason):
            let isSkipped = reason == .skipLabel && hasRole(pod)
            guard isSkipped || isDetailed else { return }
            tally.findings.append(facts.topic.ok(.podLeftAlone, describe(reason, facts, pod)))
        case .undecided:
            tally.undecided += 1
            guard isDetailed else { return }
            let reason = "its Namespace, which may give its ServiceAccount a role, could not be read"
            tally.findings.append(facts.undecided(reason))
        }
    }

    private func hasRole(_ pod: PodView) -> Bool {
        pod.serviceAccount.map { cluster.roleSource(of: $0) != nil } ?? false
    }

    private func describe(_ reason: Reason, _ pod: PodFacts, _ view: PodView) -> String {
        let account = view.serviceAccount.map { "\($0)" } ?? ""
        switch reason {
        case .skipLabel: return "it carries the label that keeps the webhook away"
        case _ where pod.isMirror, .noServiceAccount:
            return "it is the mirror of a static pod, which can have no identity"
        case .noRole: return "its ServiceAccount \(account) has no role"
        case .serviceAccountNotFound: return "its ServiceAccount \(account) does not exist any more"
        default: return "it is left alone: \(reason)"
        }
    }

    // MARK: Findings

    /// A finding for each way in which containers are without the identity, or use something else.
    func findings(_ pod: PodFacts, _ gap: PodExamination.Gap, _ account: NamespacedName?) -> [Finding] {
        if let malformation = gap.malformation {
            let place = account.map { cluster.rolePlace(of: $0) }
            let cause = Cause(
                .problem,
                .malformedRole,
                "\(malformation), so there can be no such role",
                remedy: place.map { "\($0.editCommand)  # correct the role, then replace the pod" }
            )
            return [finding(pod, "its containers have no identity", cause)]
        }
        return ContainerDefect.Kind.allCases.compactMap { kind in
            let defects = gap.defects.filter { $0.kind == kind }
            guard !defects.isEmpty else { return nil }
            return finding(pod, defects.described(without: gap.identity), cause(of: kind, pod, gap, account))
        }
    }

    private func finding(_ pod: PodFacts, _ defect: String, _ cause: Cause) -> Finding {
        func message(_ reason: String) -> String { reason.isEmpty ? defect : "\(defect): \(reason)" }
        var finding = pod.topic.finding(cause.status, cause.code, message(cause.reason), remedy: cause.remedy)
        finding.pod = .init(pod.name, of: pod.workload, cause: message(cause.commonReason))
        return finding
    }
}

extension PodFacts {
    fileprivate var topic: Finding.Topic { Finding.Topic(.pods, "\(namespace)/\(name)") }

    fileprivate func undecided(_ reason: String) -> Finding {
        topic.unknown(.podUndecided, "whether it should have an identity cannot be told: \(reason)")
    }
}
