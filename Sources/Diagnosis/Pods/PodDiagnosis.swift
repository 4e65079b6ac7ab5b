internal import JSON
internal import Kubernetes
internal import KubernetesObjects
internal import PodIdentity

/// Why pods that exist are without the identity that they should have.
struct PodDiagnosis: Sendable {
    let cluster: ClusterView

    /// What is found of the pods together.
    struct Tally: Sendable {
        var findings: [Finding] = []
        /// Pods that should have an identity, and those of them that have it.
        var wanted = 0
        var complete = 0
        var found = 0
        /// Pods of which it cannot be told whether they should have an identity.
        var undecided = 0
    }

    /// Adds a pod to the tally. Pods that are as they should be are counted, and described if `isDetailed`.
    func add(_ object: ObjectView, to tally: inout Tally, isDetailed: Bool = false) {
        tally.found += 1
        let facts = PodFacts(object)
        let pod: PodView
        do throws(MalformedPod) {
            pod = try PodView(object.value, namespace: facts.namespace)
        } catch {
            tally.undecided += 1
            if isDetailed { tally.findings.append(undecided(facts, "\(error)")) }
            return
        }
        switch cluster.examine(pod) {
        case .lacking(let gap):
            tally.wanted += 1
            tally.findings.append(finding(facts, gap, pod.serviceAccount))
        case .complete(let identity):
            tally.wanted += 1
            tally.complete += 1
            if isDetailed { tally.findings.append(ok(facts, .podInjected, "every container has \(identity)")) }
        case .ownCredentials(_, let containers):
            let text = "\(containers.named) set their own credentials, which stay"
            tally.findings.append(ok(facts, .ownCredentials, text))
        case .leftAlone(let reason):
            let isSkipped = reason == .skipLabel && hasRole(pod)
            if isSkipped || isDetailed { tally.findings.append(ok(facts, .podLeftAlone, describe(reason, facts, pod))) }
        case .undecided:
            tally.undecided += 1
            guard isDetailed else { return }
            let reason = "its Namespace, which may give its ServiceAccount a role, could not be read"
            tally.findings.append(undecided(facts, reason))
        }
    }

    private func hasRole(_ pod: PodView) -> Bool {
        pod.serviceAccount.map { cluster.giver($0) != nil } ?? false
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

    private func ok(_ pod: PodFacts, _ code: Finding.Code, _ message: String) -> Finding {
        Finding(.pods, .ok, code, "\(pod.namespace)/\(pod.name)", message)
    }

    private func undecided(_ pod: PodFacts, _ reason: String) -> Finding {
        let message = "whether it should have an identity cannot be told: \(reason)"
        return Finding(.pods, .unknown, .podUndecided, "\(pod.namespace)/\(pod.name)", message)
    }

    // MARK: Why

    func finding(_ pod: PodFacts, _ gap: PodExamination.Gap, _ account: NamespacedName?) -> Finding {
        let (status, code, why, remedy) = cause(pod, gap, account)
        return Finding(
            .pods,
            status,
            code,
            "\(pod.namespace)/\(pod.name)",
            "\(gap.containers.named) without \(gap.identity): \(why)",
            remedy: remedy
        )
    }

    private typealias Cause = (status: Finding.Status, code: Finding.Code, why: String, remedy: String?)

    private func cause(_ pod: PodFacts, _ gap: PodExamination.Gap, _ account: NamespacedName?) -> Cause {
        guard cluster.isRegistrationKnown else {
            let tooOld = olderThanRole(pod, account)
            let why = tooOld ?? "why cannot be told without the registration"
            return (.problem, tooOld == nil ? .webhookDidNotAnswer : .olderThanRole, why, pod.replacement)
        }
        guard let registration = cluster.registration, let entry = cluster.entry else {
            return (
                .problem, .notRegistered, "no webhook is registered for new pods",
                RegistrationCheck.installation
            )
        }
        switch cluster.exclusion(namespace: pod.namespace, labels: pod.labels) {
        case .namespace(let selector):
            let remedy = "kubectl get namespace \(pod.namespace) --show-labels  # must be: \(selector)"
            return (.problem, .namespaceExcluded, "the registration leaves its namespace out", remedy)
        case .object(let selector):
            return (.ok, .objectExcluded, "the registration leaves it out by its labels (\(selector))", nil)
        case nil: break
        }
        if gap.hasVolume {
            let policy = entry.isReinvoked ? "" : "; reinvocationPolicy is Never"
            let why = "they were added after the webhook had seen the pod\(policy)"
            return (.problem, .containersWithoutIdentity, why, pod.replacement)
        }
        if let why = olderThanRole(pod, account) { return (.problem, .olderThanRole, why, pod.replacement) }
        if let made = pod.creation, let registered = registration.creation, made < registered {
            let why = "it was created at \(made.text), before the webhook was registered (\(registered.text))"
            return (.problem, .olderThanRegistration, why, pod.replacement)
        }
        let why =
            entry.ignoresFailure
            ? "the webhook did not answer when it was created, and failurePolicy is Ignore"
            : "the webhook did not know the role when it was created"
        return (.problem, .webhookDidNotAnswer, why, pod.replacement)
    }

    private func olderThanRole(_ pod: PodFacts, _ name: NamespacedName?) -> String? {
        guard let name, let account = cluster.accounts[name], let made = pod.creation else { return nil }
        if let creation = account.creation, made < creation {
            return "it was created at \(made.text), before its ServiceAccount \(name.name) (\(creation.text))"
        }
        switch cluster.giver(name) {
        case .serviceAccount(let annotated?) where made < annotated:
            return
                "it was created at \(made.text), before its ServiceAccount \(name.name) got the role (\(annotated.text))"
        case .namespace(let annotated?) where made < annotated:
            return "it was created at \(made.text), before its Namespace got the role (\(annotated.text))"
        default: return nil
        }
    }
}

extension [String] {
    /// `container main`, `containers main, sidecar`.
    fileprivate var named: String { "container\(count == 1 ? "" : "s") \(joined(separator: ", "))" }
}
