internal import KubernetesObjects

/// Checks that the API server calls the webhook for new pods, and no other webhook with the same purpose.
struct RegistrationCheck {
    /// The name of the webhook's own MutatingWebhookConfiguration.
    let name: String
    /// The prefix of the annotations that are examined.
    var annotationPrefix: String?
    /// The clouds whose identities this webhook provides; nil if that is not known.
    var clouds: Set<String>?

    static let installCommand: ShellCommand = "kubectl apply -f deploy/pod-identity-webhook.yaml"

    private var topic: Finding.Topic { Finding.Topic(.registration, name) }

    func findings(_ all: [MutatingWebhookConfiguration]) -> [Finding] {
        let others = all.filter { $0.name != name && $0.looksLikePodIdentity }
        guard let configuration = all.first(where: { $0.name == name }) else {
            return [notRegistered(others)]
        }
        let webhooks = configuration.webhooks.filter(\.coversPodCreation)
        let peers = all.filter { $0.name != name }.compactMap { peer($0) }
        guard !webhooks.isEmpty else { return [podsNotCovered(configuration)] + others.map(otherWebhook) + peers }
        let isNamed = webhooks.count > 1
        return webhooks.flatMap { describe($0, isNamed: isNamed) } + otherRequests(configuration)
            + others.map(otherWebhook) + peers
    }

    /// If there are other registrations, the name is probably wrong, and nothing needs to be installed.
    private func notRegistered(_ others: [MutatingWebhookConfiguration]) -> Finding {
        guard let other = others.first else {
            let message = "there is no such MutatingWebhookConfiguration: no pod gets an identity"
            let remedy = Remedy(Self.installCommand, note: "or name it: --webhook-configuration NAME")
            return topic.problem(.notRegistered, message, remedy: remedy)
        }
        let names = others.map { other in
            "\(other.name)\(other.annotationPrefix.map { " (annotations \($0)/…)" } ?? "")"
        }
        let message =
            "there is no such MutatingWebhookConfiguration; pod identity webhooks are registered as "
            + names.joined(separator: ", ")
        let remedy: Remedy = "pod-identity-webhook doctor --webhook-configuration \(other.name)"
        return topic.problem(.notRegistered, message, remedy: remedy)
    }

    private func podsNotCovered(_ configuration: MutatingWebhookConfiguration) -> Finding {
        let message = "no rule covers the creation of pods (operation CREATE, group \"\", version v1, resource pods)"
        return topic.problem(.podsNotCovered, message, remedy: configuration.repairCommand())
    }

    private func describe(_ webhook: MutatingWebhookConfiguration.Webhook, isNamed: Bool) -> [Finding] {
        let name = isNamed ? "\(webhook.name): " : ""
        var parts = [
            "\(name)called for new pods at \(webhook.target)",
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
        return webhook.reinvocationPolicy == .ifNeeded ? [registered] : [registered, notReinvoked(webhook, name)]
    }

    private func notReinvoked(_ webhook: MutatingWebhookConfiguration.Webhook, _ prefix: String) -> Finding {
        let message =
            "\(prefix)reinvocationPolicy is Never: containers that other webhooks add afterwards get no identity"
        let patch = #"{"webhooks":[{"name":"\#(webhook.name)","reinvocationPolicy":"IfNeeded"}]}"#
        let remedy: Remedy = "kubectl patch mutatingwebhookconfiguration \(name) --type=strategic -p \(patch)"
        return topic.warning(.notReinvoked, message, remedy: remedy)
    }

    /// Findings about missing parts that do not affect the creation of pods.
    private func otherRequests(_ configuration: MutatingWebhookConfiguration) -> [Finding] {
        let webhooks = configuration.ownWebhooks
        var findings: [Finding] = []
        if !webhooks.contains(where: \.coversEphemeralContainers) {
            let message =
                "no rule covers ephemeral containers (operation UPDATE, group \"\", version v1, resource "
                + "pods/ephemeralcontainers): those of kubectl debug get no identity"
            findings.append(
                topic.warning(.ephemeralContainersNotCovered, message, remedy: configuration.repairCommand())
            )
        }
        if !webhooks.contains(where: \.coversServiceAccounts) {
            let message = "whoever writes a ServiceAccount gets no warnings: no rule covers serviceaccounts"
            findings.append(topic.ok(.serviceAccountsNotCovered, message))
        }
        return findings
    }

    /// A webhook from another project for the identities of one cloud. If both provide identities of the same cloud,
    /// the later one sees what the earlier one has added.
    private func peer(_ other: MutatingWebhookConfiguration) -> Finding? {
        guard let peer = PeerWebhook(other), let webhook = other.podWebhook else { return nil }
        let topic = Finding.Topic(.registration, other.name)
        let message =
            "another webhook is also called for new pods, for identities of \(peer.cloud): \(webhook.name) at \(webhook.target)"
        guard clouds?.contains(peer.cloud) ?? true else {
            return topic.ok(.otherWebhook, "\(message); this one gives none of those")
        }
        return topic.warning(.otherWebhook, message, remedy: Self.showCommand(other))
    }

    /// A second release for annotations with another prefix does no harm.
    private func otherWebhook(_ other: MutatingWebhookConfiguration) -> Finding {
        let targets = other.webhooks.filter(\.coversPodCreation).map { "\($0.name) at \($0.target)" }
        let topic = Finding.Topic(.registration, other.name)
        let message = "another pod identity webhook is also called for new pods: \(targets.joined(separator: ", "))"
        if let annotationPrefix, let prefix = other.annotationPrefix, prefix != annotationPrefix {
            return topic.ok(.otherWebhook, "\(message); it reads annotations \(prefix)/…, not \(annotationPrefix)/…")
        }
        if let clouds, !clouds.contains(PeerWebhook.cloudOfControlPlanes), other.origin == .controlPlane {
            return topic.ok(
                .otherWebhook,
                "\(message); it belongs to the control plane, for identities of its own cloud"
            )
        }
        return topic.warning(.otherWebhook, message, remedy: Self.showCommand(other))
    }

    private static func showCommand(_ other: MutatingWebhookConfiguration) -> Remedy {
        Remedy("kubectl get mutatingwebhookconfiguration \(other.name) -o yaml", note: "is it meant to be there?")
    }
}
