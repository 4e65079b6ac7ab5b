internal import JSON
internal import Kubernetes
internal import KubernetesObjects
internal import PodIdentity

/// Interprets the API server's response to a dry run.
struct DryRunOutcome {
    private let pod: DryRunPod
    private let cluster: ClusterView

    init(_ pod: DryRunPod, _ cluster: ClusterView) {
        self.pod = pod
        self.cluster = cluster
    }

    private var topic: Finding.Topic { Finding.Topic(.serviceAccounts, "\(pod.account)") }

    // MARK: A pod

    func result(of response: JSONValue, _ warnings: [String]) throws -> DryRun.Result {
        let view = try PodView(response, namespace: pod.account.namespace)
        let tokens = cluster.decisions(for: view).injections.flatMap(\.volumes).flatMap(\.tokens).map {
            TokenWish(pod.account, audience: $0.audience, seconds: $0.expirationSeconds)
        }
        let findings = findings(view, ObjectView(response).metadata.labels, warnings)
        // A webhook that does not answer may take its whole timeout for each pod.
        let isWithout = findings.contains { $0.code == .notInjected } && !findings.contains(where: \.isInjected)
        let failure = isWithout ? "new pods do not get their identity" : nil
        return DryRun.Result(findings: findings, failure: failure, tokens: tokens)
    }

    /// What the pod got from each cloud that should have given it something.
    private func findings(_ view: PodView, _ labels: [String: String], _ warnings: [String]) -> [Finding] {
        let wanted = Set(cluster.decisions(for: pod).filter(\.isWanted).map(\.cloud))
        let malformed = Set(cluster.decisions(for: view).filter { $0.injection?.malformation != nil }.map(\.cloud))
        let examinations = cluster.examine(view).filter { examination in
            if malformed.contains(examination.cloud) { return false }
            guard case .leftAlone = examination.result else { return true }
            return wanted.contains(examination.cloud)
        }
        var findings: [Finding] = []
        for examination in examinations {
            // The API server's warnings are about the pod, not about a particular identity.
            findings.append(finding(examination, labels, findings.isEmpty ? warnings : []))
        }
        return findings.isEmpty ? [topic.unknown(.dryRunRefused, "\(pod.description) is left alone")] : findings
    }

    private func finding(
        _ examination: CloudExamination,
        _ labels: [String: String],
        _ warnings: [String]
    ) -> Finding {
        let warned = warnings.isEmpty ? "" : "; the API server warns: \(warnings.joined(separator: "; "))"
        let topic = topic.of(cluster.name(of: examination.cloud))
        switch examination.result {
        case .complete(let identity):
            let trust = cluster.trustNeeded(by: pod.account, of: examination.cloud)
            let message = "\(pod.description) gets \(identity)\(trust)\(warned)"
            return warnings.isEmpty ? topic.ok(.dryRunInjected, message) : topic.warning(.dryRunWarned, message)
        case .ownCredentials(let identity, let defects):
            let message = "\(pod.description) gets \(identity), but \(defects.described(without: identity))\(warned)"
            return topic.warning(.dryRunWarned, message)
        case .lacking(let gap):
            if let code = gap.ownFault {
                let details = gap.losses.described(without: gap.identity)
                return topic.problem(code, "\(pod.description) cannot use what it gets: \(details)\(warned)")
            }
            let cause = cause(labels, examination.cloud)
            let message = "\(pod.description) does not get \(gap.identity): \(cause.reason)\(warned)"
            return topic.finding(cause.status, cause.code, message, remedy: cause.remedy)
        case .denied(let denial):
            let message = "\(pod.description) should be denied, but was not: \(denial.message)\(warned)"
            return topic.problem(.podDenied, message)
        case .leftAlone(let reason):
            return topic.unknown(.dryRunRefused, "\(pod.description) is left alone: \(reason)\(warned)")
        case .undecided(let unknown):
            let reason = unknown.text(cluster.noun(of: examination.cloud))
            let message = "what \(pod.description) should get is unknown: \(reason)\(warned)"
            return topic.unknown(.dryRunRefused, message)
        }
    }

    private func cause(_ labels: [String: String], _ cloud: String) -> Cause {
        guard cluster.isRegistrationKnown else { return Cause(.problem, .notInjected, Cause.unknownRegistration) }
        guard cluster.podWebhook != nil else { return cluster.notRegistered }
        switch cluster.exclusion(namespace: pod.account.namespace, labels: labels) {
        case .namespace(let selector): return .excludedNamespace(pod.account.namespace, selector)
        case .object(let selector):
            let reason = "the registration selects pods by labels (\(selector)) that it lacks"
            return Cause(pod.source == nil ? .unknown : .ok, .objectExcluded, reason)
        case nil: break
        }
        let webhooks = cluster.webhooks(for: pod.account.namespace, labels: labels)
        guard let webhook = webhooks.first(where: { !$0.hasMatchConditions }) else {
            return Cause(.unknown, .objectExcluded, "the registration has matchConditions, which may leave it out")
        }
        if let registration = cluster.registration, registration.origin == .controlPlane {
            let reason =
                "the API server got no answer from the webhook on its own host, \(webhook.target), most likely because "
                + "the registration's CA bundle is stale"
            return Cause(.problem, .notInjected, reason, remedy: HostedBundleCheck.remedy(registration.name))
        }
        let reason =
            webhooks.allSatisfy { $0.failurePolicy == .ignore }
            ? "the webhook did not answer, which failurePolicy Ignore hides, or it does not know the "
                + cluster.noun(of: cloud)
            : "the webhook answered without it"
        return Cause(.problem, .notInjected, reason, remedy: logsCommand(webhook))
    }

    // MARK: A refusal

    /// Nil if the rejection may be because of the pod itself, or because of what the webhook adds to it.
    func result(of status: APIStatus) -> DryRun.Result? {
        let text = status.message ?? "\(status)"
        switch DryRunRefusal(status) {
        case .webhookFailed(let name):
            guard let (registration, webhook) = owner(of: name, text) else {
                let message =
                    "the API server cannot call another webhook, \(name), without which it creates no pods: \(text)"
                return DryRun.Result(finding: topic.unknown(.dryRunRefused, message), failure: text)
            }
            return failed(
                "the API server cannot call the webhook \(name) of \(registration.name): \(text)",
                webhook,
                text
            )
        case .webhookDenied(let name):
            guard let (registration, webhook) = owner(of: name, text) else { return nil }
            if let denied { return DryRun.Result(finding: denied) }
            return failed("the webhook \(name) of \(registration.name) refuses the pod: \(text)", webhook, text)
        case .dryRunUnsupported(let name):
            let message =
                "the webhook \(name) does not support dry runs (its registration's sideEffects), so what a new pod gets "
                + "cannot be seen: \(text)"
            return DryRun.Result(finding: topic.unknown(.dryRunUnsupported, message), failure: text)
        case .notAllowed:
            let message = "the API server refused the dry run: \(text)"
            return DryRun.Result(finding: topic.unknown(.dryRunRefused, message, remedy: Doctor.accessCommand))
        case .other: return nil
        }
    }

    /// The reason for which a provider denies the pod; nil if none does.
    private var denied: Finding? {
        let decision = cluster.decisions(for: pod).first { $0.denial != nil }
        return decision.flatMap { decision in
            decision.denial.map { denial in
                topic.of(cluster.name(of: decision.cloud)).problem(
                    .podDenied,
                    "\(pod.description) is denied: \(denial.message)"
                )
            }
        }
    }

    private func failed(
        _ message: String,
        _ webhook: MutatingWebhookConfiguration.Webhook,
        _ failure: String
    ) -> DryRun.Result {
        DryRun.Result(finding: topic.problem(.webhookFailed, message, remedy: logsCommand(webhook)), failure: failure)
    }

    /// The pod identity webhook with this name: the one that is being examined takes precedence over those of other
    /// registrations, unless the API server's message contains the address of one of those. All releases of the chart
    /// have webhooks with the same names.
    private func owner(
        of name: String,
        _ text: String
    ) -> (MutatingWebhookConfiguration, MutatingWebhookConfiguration.Webhook)? {
        let own = cluster.registration.map { [$0] } ?? []
        let owners = (own + cluster.registrations.filter(\.looksLikePodIdentity)).compactMap { registration in
            registration.webhooks.first { $0.name == name }.map { (registration, $0) }
        }
        return owners.first { text.contains("\"\($0.1.target)") } ?? owners.first
    }

    private func logsCommand(_ webhook: MutatingWebhookConfiguration.Webhook) -> Remedy? {
        switch webhook.target {
        case .service(let service, _, _):
            "kubectl -n \(service.namespace) logs --tail=50 service/\(service.name)"
        case .url:
            webhook.target.isLoopback ? cluster.registration.map { HostedBundleCheck.remedy($0.name) } : nil
        }
    }
}

extension Finding {
    /// Whether a new pod gets the identity.
    var isInjected: Bool { [.dryRunInjected, .dryRunWarned].contains(code) }
}
