internal import JSON
internal import KubernetesObjects
internal import PodIdentity

/// Finds out why existing pods lack the identity that they should have.
struct PodDiagnosis: Sendable {
    let cluster: ClusterView

    /// The results for all pods together.
    struct Tally: Sendable {
        var findings: [Finding] = []
        var found = 0
        /// The number of pods that should have an identity.
        var wanted = 0
        /// The number of `wanted` pods that have it in every container.
        var complete = 0
        /// The number of pods for which it is unknown whether they should have an identity.
        var undecided = 0
        /// The ServiceAccount of the last pod.
        var serviceAccount: String?
    }

    /// Adds a pod to the tally.
    ///
    /// - Parameter isDetailed: Whether a pod without problems is also a finding.
    func add(_ object: ObjectView, to tally: inout Tally, isDetailed: Bool = false) {
        // A pod that is terminating needs nothing, and may already have been replaced.
        guard isDetailed || !object.metadata.isTerminating else { return }
        tally.found += 1
        tally.serviceAccount = object.value["spec"]?["serviceAccountName"]?.string
        let facts = PodFacts(object, cluster.workloads.workload(of: object))
        let pod: PodView
        do throws(MalformedPod) {
            pod = try PodView(object.value, namespace: facts.namespace)
        } catch {
            tally.undecided += 1
            if isDetailed { tally.findings.append(undecided(facts.topic, "\(error)")) }
            return
        }
        let examinations = cluster.examine(pod, endedContainers: facts.endedContainers)
        add(examinations.map(\.result), to: &tally)
        for examination in examinations {
            let (cloud, topic) = (examination.cloud, facts.topic.of(cluster.name(of: examination.cloud)))
            switch examination.result {
            case .lacking(let gap): tally.findings += findings(facts, gap, pod.serviceAccount, cloud)
            case .complete(let identity):
                if isDetailed { tally.findings.append(topic.ok(.podInjected, "every container has \(identity)")) }
            case .ownCredentials(let identity, let defects):
                let gap = PodExamination.Gap(identity: identity, defects: defects)
                tally.findings += findings(facts, gap, pod.serviceAccount, cloud)
            case .denied(let denial):
                let message = "a new pod like it is denied: \(denial.message)"
                tally.findings.append(topic.problem(.podDenied, message))
            case .leftAlone(let reason):
                guard !isDetailed, reason == .skipLabel, hasIdentity(pod, cloud) else { continue }
                tally.findings.append(topic.ok(.podLeftAlone, describe(reason, facts, pod, cloud)))
            case .undecided(let unknown):
                guard isDetailed else { continue }
                tally.findings.append(undecided(topic, unknown.text(cluster.noun(of: cloud))))
            }
        }
        if isDetailed { tally.findings += leftAlone(examinations, facts, pod) }
    }

    /// Counts a pod once, regardless of the number of its identities.
    private func add(_ results: [PodExamination], to tally: inout Tally) {
        if results.contains(where: \.isUndecided) { tally.undecided += 1 }
        let wanted = results.filter(\.isWanted)
        guard !wanted.isEmpty else { return }
        tally.wanted += 1
        if wanted.allSatisfy(\.isComplete) { tally.complete += 1 }
    }

    /// The clouds that leave a pod alone, with one finding for those with the same reason. If another cloud concerns
    /// the pod, only reasons that someone has specified are reported.
    private func leftAlone(_ examinations: [CloudExamination], _ facts: PodFacts, _ pod: PodView) -> [Finding] {
        let isAlone = examinations.allSatisfy { if case .leftAlone = $0.result { true } else { false } }
        var clouds: [(text: String, names: [String])] = []
        for examination in examinations {
            guard case .leftAlone(let reason) = examination.result,
                isAlone || ![.noIdentity, .noRole, .noServiceAccount].contains(reason)
            else { continue }
            let text = describe(reason, facts, pod, examination.cloud)
            if let index = clouds.firstIndex(where: { $0.text == text }) {
                clouds[index].names.append(examination.cloud)
            } else {
                clouds.append((text, [examination.cloud]))
            }
        }
        return clouds.map { text, names in
            guard names.count > 1 else {
                return facts.topic.of(names.first.flatMap(cluster.name)).ok(.podLeftAlone, text)
            }
            return facts.topic.ok(.podLeftAlone, "\(names.joined(separator: ", ")): \(text)")
        }
    }

    private func hasIdentity(_ pod: PodView, _ cloud: String) -> Bool {
        pod.serviceAccount.map { cluster.roleSource(of: $0, cloud) != nil } ?? false
    }

    private func describe(_ reason: Reason, _ pod: PodFacts, _ view: PodView, _ cloud: String) -> String {
        let account = view.serviceAccount.map { "\($0)" } ?? ""
        switch reason {
        case .skipLabel: return "it has the label that excludes it"
        case _ where pod.isMirror, .noServiceAccount:
            return "it is the mirror of a static pod, which can have no identity"
        case .noRole, .noIdentity:
            let noun = cluster.noun(of: cloud)
            return reason == .noRole || noun != "identity"
                ? "its ServiceAccount \(account) has no \(noun)" : "nothing gives it an identity"
        case .serviceAccountNotFound: return "its ServiceAccount \(account) no longer exists"
        default: return "it is left alone: \(reason)"
        }
    }

    // MARK: Findings

    /// A finding for each way in which containers lack the identity, or use something else.
    ///
    /// - Parameter cloud: The cloud of the identity; nil if there is only one.
    func findings(
        _ pod: PodFacts,
        _ gap: PodExamination.Gap,
        _ account: NamespacedName?,
        _ cloud: String? = nil
    ) -> [Finding] {
        if let malformation = gap.malformation {
            let place = account.map { cluster.rolePlace(of: $0, cloud) }
            let noun = cluster.noun(of: cloud)
            let cause = Cause(
                .problem,
                cluster.malformedCode(of: cloud),
                "\(malformation), so there can be no such \(noun)",
                remedy: place.map { Remedy($0.editCommand, note: "fix the \(noun), then recreate the pod") }
            )
            return [finding(pod, "its containers have no identity", cause, cloud)]
        }
        let causes = DefectCauses(cluster: cluster, pod: pod, gap: gap, account: account, cloud: cloud)
        return ContainerDefect.Kind.allCases.compactMap { kind in
            let defects = gap.defects.filter { $0.kind == kind }
            guard !defects.isEmpty else { return nil }
            return finding(pod, defects.described(without: gap.identity), causes.cause(of: kind), cloud)
        }
    }

    private func finding(_ pod: PodFacts, _ defect: String, _ cause: Cause, _ cloud: String?) -> Finding {
        let name = cloud.flatMap(cluster.name)
        func message(_ reason: String) -> String { reason.isEmpty ? defect : "\(defect): \(reason)" }
        let topic = pod.topic.of(name)
        var finding = topic.finding(cause.status, cause.code, message(cause.reason), remedy: cause.remedy)
        let common = message(cause.commonReason)
        finding.pod = .init(pod.name, of: pod.workload, cause: name.map { "\($0): \(common)" } ?? common)
        return finding
    }

    private func undecided(_ topic: Finding.Topic, _ reason: String) -> Finding {
        topic.unknown(.podUndecided, "whether it should have an identity is unknown: \(reason)")
    }
}

extension PodFacts {
    fileprivate var topic: Finding.Topic { Finding.Topic(.pods, "\(namespace)/\(name)") }
}

extension PodExamination {
    /// Whether the pod should have the identity, and its owner has not chosen a different one.
    fileprivate var isWanted: Bool {
        switch self {
        case .lacking, .complete, .denied: true
        case .ownCredentials(_, let defects): !defects.contains { $0.kind == .ownIdentity }
        case .leftAlone, .undecided: false
        }
    }

    fileprivate var isUndecided: Bool { if case .undecided = self { true } else { false } }

    /// Whether every container has the identity, although some may use something else.
    fileprivate var isComplete: Bool {
        switch self {
        case .complete, .ownCredentials: true
        case .lacking, .denied, .leftAlone, .undecided: false
        }
    }
}
