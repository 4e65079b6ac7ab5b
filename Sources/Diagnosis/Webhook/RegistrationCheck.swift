internal import KubernetesObjects

/// Checks that the API server calls the webhook for new pods, and no other webhook with the same purpose.
struct RegistrationCheck {
    /// The name of the webhook's own MutatingWebhookConfiguration.
    let name: String

    static let installCommand = "kubectl apply -f deploy/pod-identity-webhook.yaml"

    private var topic: Finding.Topic { Finding.Topic(.registration, name) }

    func findings(_ all: [MutatingWebhookConfiguration]) -> [Finding] {
        let others = all.filter { $0.name != name && $0.looksLikePodIdentity }.map(otherWebhook)
        guard let configuration = all.first(where: { $0.name == name }) else {
            return [notRegistered(isAlone: others.isEmpty)] + others
        }
        let webhooks = configuration.webhooks.filter(\.coversPodCreation)
        guard !webhooks.isEmpty else { return [podsNotCovered] + others }
        return webhooks.flatMap(describe) + otherRequests(configuration.ownWebhooks) + others
    }

    private func notRegistered(isAlone: Bool) -> Finding {
        let message = "there is no such MutatingWebhookConfiguration: no pod gets an identity"
        let remedy = "\(Self.installCommand)  # or name it: --webhook-configuration NAME"
        return topic.problem(.notRegistered, message + (isAlone ? "" : " from this webhook"), remedy: remedy)
    }

    private var podsNotCovered: Finding {
        let message = "no rule covers the creation of pods (operation CREATE, group \"\", version v1, resource pods)"
        return topic.problem(.podsNotCovered, message, remedy: Self.installCommand)
    }

    private func describe(_ webhook: MutatingWebhookConfiguration.Webhook) -> [Finding] {
        var parts = [
            "called for new pods at \(webhook.target)",
            "failurePolicy \(webhook.failurePolicy.rawValue)",
            "reinvocationPolicy \(webhook.reinvocationPolicy.rawValue)",
            "timeout \(webhook.timeoutSeconds)s",
        ]
        for (name, selector) in [("namespaces", webhook.namespaceSelector), ("pods", webhook.objectSelector)] {
            guard let selector, !selector.requirements.isEmpty else { continue }
            parts.append("\(name) with \(selector)")
        }
        if webhook.hasMatchConditions { parts.append("matchConditions") }
        let registered = topic.ok(.registered, parts.joined(separator: ", "))
        return webhook.reinvocationPolicy == .ifNeeded ? [registered] : [registered, notReinvoked(webhook)]
    }

    private func notReinvoked(_ webhook: MutatingWebhookConfiguration.Webhook) -> Finding {
        let message = "reinvocationPolicy is Never: containers that other webhooks add afterwards get no identity"
        let patch = #"{"webhooks":[{"name":"\#(webhook.name)","reinvocationPolicy":"IfNeeded"}]}"#
        let remedy = "kubectl patch mutatingwebhookconfiguration \(name) --type=strategic -p '\(patch)'"
        return topic.warning(.notReinvoked, message, remedy: remedy)
    }

    /// What is missing without affecting the creation of pods.
    private func otherRequests(_ webhooks: [MutatingWebhookConfiguration.Webhook]) -> [Finding] {
        var findings: [Finding] = []
        if !webhooks.contains(where: \.coversEphemeralContainers) {
            let message =
                "no rule covers ephemeral containers (operation UPDATE, group \"\", version v1, resource "
                + "pods/ephemeralcontainers): those of kubectl debug get no identity"
            findings.append(topic.warning(.ephemeralContainersNotCovered, message, remedy: Self.installCommand))
        }
        if !webhooks.contains(where: \.coversServiceAccounts) {
            let message = "whoever writes a ServiceAccount gets no warnings: no rule covers serviceaccounts"
            findings.append(topic.ok(.serviceAccountsNotCovered, message))
        }
        return findings
    }

    private func otherWebhook(_ other: MutatingWebhookConfiguration) -> Finding {
        let targets = other.webhooks.filter(\.coversPodCreation).map { "\($0.target)" }.joined(separator: ", ")
        let message = "another pod identity webhook is called for new pods too: \(targets)"
        let remedy = "kubectl delete mutatingwebhookconfiguration \(other.name)  # if it is not meant to be there"
        return Finding.Topic(.registration, other.name).warning(.otherWebhook, message, remedy: remedy)
    }
}
