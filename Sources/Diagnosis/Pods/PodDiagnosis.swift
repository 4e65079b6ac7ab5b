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
        tally.found += 1
        tally.serviceAccount = object.value["spec"]?["serviceAccountName"]?.string
        let facts = PodFacts(object)
        let pod: PodView
        do throws(MalformedPod) {
            pod = try PodView(object.value, namespace: facts.namespace)
        } catch {
            tally.undecided += 1
            if isDetailed { tally.findings.append(facts.undecided("\(error)")) }
            return
        }
        switch cluster.examine(pod) {
        case .lacking(let gap):
            tally.wanted += 1
            tally.findings.append(finding(facts, gap, pod.serviceAccount))
        case .complete(let identity):
            tally.wanted += 1
            tally.complete += 1
            if isDetailed { tally.findings.append(facts.topic.ok(.podInjected, "every container has \(identity)")) }
        case .ownCredentials(_, let containers):
            let text = "\(containers.named) set their own credentials, which stay"
            tally.findings.append(facts.topic.ok(.ownCredentials, text))
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

    // MARK: Causes

    func finding(_ pod: PodFacts, _ gap: PodExamination.Gap, _ account: NamespacedName?) -> Finding {
        let cause = cause(pod, gap, account)
        let message = "\(gap.containers.named) without \(gap.identity): \(cause.reason)"
        return pod.topic.finding(cause.status, cause.code, message, remedy: cause.remedy)
    }

    private func cause(_ pod: PodFacts, _ gap: PodExamination.Gap, _ account: NamespacedName?) -> Cause {
        func replaced(_ code: Finding.Code, _ reason: String) -> Cause {
            Cause(.problem, code, reason, remedy: pod.replaceCommand)
        }
        guard cluster.isRegistrationKnown else {
            return olderThanRole(pod, account).map { replaced(.olderThanRole, $0) }
                ?? replaced(.webhookDidNotAnswer, Cause.unknownRegistration)
        }
        guard let registration = cluster.registration, let webhook = cluster.podWebhook else { return .notRegistered }
        switch cluster.exclusion(namespace: pod.namespace, labels: pod.labels) {
        case .namespace(let selector): return .excludedNamespace(pod.namespace, selector)
        case .object(let selector):
            return Cause(.ok, .objectExcluded, "the registration leaves it out by its labels (\(selector))")
        case nil: break
        }
        if gap.hasVolume {
            let policy = webhook.reinvocationPolicy == .never ? "; reinvocationPolicy is Never" : ""
            let reason = "they were added after the webhook had seen the pod\(policy)"
            return replaced(.containersWithoutIdentity, reason)
        }
        if let reason = olderThanRole(pod, account) { return replaced(.olderThanRole, reason) }
        if let made = pod.creation, let registered = registration.creation, made < registered {
            let reason = "it was created at \(made.text), before the webhook was registered (\(registered.text))"
            return replaced(.olderThanRegistration, reason)
        }
        let reason =
            webhook.failurePolicy == .ignore
            ? "the webhook did not answer when it was created, and failurePolicy is Ignore"
            : "the webhook did not know the role when it was created"
        return replaced(.webhookDidNotAnswer, reason)
    }

    private func olderThanRole(_ pod: PodFacts, _ name: NamespacedName?) -> String? {
        guard let name, let account = cluster.accounts[name], let made = pod.creation else { return nil }
        if let creation = account.creation, made < creation {
            return "it was created at \(made.text), before its ServiceAccount \(name.name) (\(creation.text))"
        }
        switch cluster.roleSource(of: name) {
        case .serviceAccount(let annotated?) where made < annotated:
            return
                "it was created at \(made.text), before its ServiceAccount \(name.name) got the role (\(annotated.text))"
        case .namespace(let annotated?) where made < annotated:
            return "it was created at \(made.text), before its Namespace got the role (\(annotated.text))"
        default: return nil
        }
    }
}

extension PodFacts {
    fileprivate var topic: Finding.Topic { Finding.Topic(.pods, "\(namespace)/\(name)") }

    fileprivate func undecided(_ reason: String) -> Finding {
        topic.unknown(.podUndecided, "whether it should have an identity cannot be told: \(reason)")
    }
}

extension [String] {
    /// `container main`, `containers main, sidecar`.
    fileprivate var named: String { "container\(count == 1 ? "" : "s") \(joined(separator: ", "))" }
}
