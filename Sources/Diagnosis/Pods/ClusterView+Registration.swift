internal import KubernetesObjects

extension ClusterView {
    /// The webhook that is called for the most pods.
    var podWebhook: MutatingWebhookConfiguration.Webhook? { registration?.podWebhook }

    enum Exclusion: Equatable, Sendable {
        case namespace(LabelSelector)
        case object(LabelSelector)
    }

    /// Why the registration excludes pods with these labels; nil if it does not: one of its webhooks is enough.
    func exclusion(namespace: String, labels: [String: String]) -> Exclusion? {
        guard let podWebhook else { return nil }
        let all = registration?.podWebhooks ?? []
        guard all.allSatisfy({ exclusion(by: $0, namespace, labels) != nil }) else { return nil }
        return exclusion(by: podWebhook, namespace, labels)
    }

    /// The webhooks of the registration that are called for new pods with these labels, `podWebhook` first.
    func webhooks(for namespace: String, labels: [String: String]) -> [MutatingWebhookConfiguration.Webhook] {
        registration?.podWebhooks.filter { exclusion(by: $0, namespace, labels) == nil } ?? []
    }

    private func exclusion(
        by webhook: MutatingWebhookConfiguration.Webhook,
        _ namespace: String,
        _ labels: [String: String]
    ) -> Exclusion? {
        if let selector = webhook.namespaceSelector, let labels = namespaces[namespace]?.labels,
            !selector.matches(labels)
        {
            return .namespace(selector)
        }
        if let selector = webhook.objectSelector, !selector.matches(labels) { return .object(selector) }
        return nil
    }
}
