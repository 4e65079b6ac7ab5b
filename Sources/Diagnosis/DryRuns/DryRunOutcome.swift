internal import JSON
internal import Kubernetes
internal import KubernetesObjects
internal import PodIdentity

/// What the API server's answer to a dry run means.
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
        let volumes = cluster.injection(into: view)?.volumes ?? []
        let tokens = volumes.flatMap(\.tokens).map {
            TokenWish(pod.account, audience: $0.audience, seconds: $0.expirationSeconds)
        }
        let finding = finding(view, ObjectView(response).metadata.labels, warnings)
        // A webhook that does not answer may take its whole timeout for each pod.
        let failure = finding.code == .notInjected ? "new pods do not get their identity" : nil
        return DryRun.Result(finding: finding, failure: failure, tokens: tokens)
    }

    private func finding(_ view: PodView, _ labels: [String: String], _ warnings: [String]) -> Finding {
        let warned = warnings.isEmpty ? "" : "; the API server warns: \(warnings.joined(separator: "; "))"
        switch cluster.examine(view) {
        case .complete(let identity):
            let message = "\(pod.description) gets \(identity)\(cluster.trustNeeded(by: pod.account))\(warned)"
            return warnings.isEmpty ? topic.ok(.dryRunInjected, message) : topic.warning(.dryRunWarned, message)
        case .ownCredentials(let identity, let defects):
            let message = "\(pod.description) gets \(identity), but \(defects.described(without: identity))\(warned)"
            return topic.warning(.dryRunWarned, message)
        case .lacking(let gap):
            if let code = gap.ownFault {
                let details = gap.losses.described(without: gap.identity)
                return topic.problem(code, "\(pod.description) cannot use what it gets: \(details)\(warned)")
            }
            let cause = cause(labels)
            let message = "\(pod.description) does not get \(gap.identity): \(cause.reason)\(warned)"
            return topic.finding(cause.status, cause.code, message, remedy: cause.remedy)
        case .leftAlone(let reason):
            return topic.unknown(.dryRunRefused, "\(pod.description) is left alone: \(reason)\(warned)")
        case .undecided: return topic.unknown(.dryRunRefused, "it was not found\(warned)")
        }
    }

    private func cause(_ labels: [String: String]) -> Cause {
        guard cluster.isRegistrationKnown else { return Cause(.problem, .notInjected, Cause.unknownRegistration) }
        guard let webhook = cluster.podWebhook else { return cluster.notRegistered }
        switch cluster.exclusion(namespace: pod.account.namespace, labels: labels) {
        case .namespace(let selector): return .excludedNamespace(pod.account.namespace, selector)
        case .object(let selector):
            let reason = "the registration selects pods by labels (\(selector)) that it lacks"
            return Cause(pod.source == nil ? .unknown : .ok, .objectExcluded, reason)
        case nil: break
        }
        if webhook.hasMatchConditions {
            return Cause(.unknown, .objectExcluded, "the registration has matchConditions, which may leave it out")
        }
        if let registration = cluster.registration, registration.origin == .controlPlane {
            let reason =
                "the API server got no answer from the webhook on its own host, \(webhook.target), most likely because "
                + "the registration's CA bundle is stale"
            return Cause(.problem, .notInjected, reason, remedy: HostedBundleCheck.remedy(registration.name))
        }
        let reason =
            webhook.failurePolicy == .ignore
            ? "the webhook did not answer, which failurePolicy Ignore hides, or it does not know the role"
            : "the webhook answered without it"
        return Cause(.problem, .notInjected, reason, remedy: logsCommand(webhook))
    }

    // MARK: A refusal

    /// Nil if what refused the pod may be about the pod itself, or about what the webhook adds to it.
    func result(of status: APIStatus) -> DryRun.Result? {
        let text = status.message ?? "\(status)"
        switch DryRunRefusal(status) {
        case .webhookFailed(let name):
            guard let (registration, webhook) = owner(of: name, text) else {
                let message =
                    "the API server cannot call another webhook, \(name), without which it makes no pod: \(text)"
                return DryRun.Result(finding: topic.unknown(.dryRunRefused, message), failure: text)
            }
            return failed(
                "the API server cannot call the webhook \(name) of \(registration.name): \(text)",
                webhook,
                text
            )
        case .webhookDenied(let name):
            guard let (registration, webhook) = owner(of: name, text) else { return nil }
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

    private func failed(
        _ message: String,
        _ webhook: MutatingWebhookConfiguration.Webhook,
        _ failure: String
    ) -> DryRun.Result {
        DryRun.Result(finding: topic.problem(.webhookFailed, message, remedy: logsCommand(webhook)), failure: failure)
    }

    /// The pod identity webhook of that name: the one that is examined comes before those of other registrations, unless the
    /// API server's words have the address of one of those. All releases of the chart have webhooks of the same names.
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

    private func logsCommand(_ webhook: MutatingWebhookConfiguration.Webhook) -> String? {
        switch webhook.target {
        case .service(let service, _, _):
            "kubectl -n \(service.namespace) logs --tail=50 service/\(service.name)"
        case .url:
            webhook.target.isLoopback ? cluster.registration.map { HostedBundleCheck.remedy($0.name) } : nil
        }
    }
}
