internal import KubernetesObjects

extension MutatingWebhookConfiguration {
    /// The webhook that the API server calls for the most new pods: the one with the fewest labels that pods and namespaces
    /// must have.
    var podWebhook: Webhook? {
        webhooks.filter(\.coversPodCreation).min { $0.labelsNeeded < $1.labelsNeeded }
    }

    /// `podWebhook` followed by the other webhooks on the same server; empty if no webhook is called for new pods.
    var ownWebhooks: [Webhook] {
        guard let podWebhook, let own = webhooks.firstIndex(of: podWebhook) else { return [] }
        let others = webhooks.indices.filter { $0 != own && webhooks[$0].target.isSameServer(as: podWebhook.target) }
        return [podWebhook] + others.map { webhooks[$0] }
    }

    /// The webhooks of `ownWebhooks` that the API server calls for new pods.
    var podWebhooks: [Webhook] { ownWebhooks.filter(\.coversPodCreation) }

    /// Whether this is a webhook that gives pods an identity. Names that the EKS webhook uses count as well.
    var looksLikePodIdentity: Bool { podWebhook != nil && isNamed(like: ["pod-identity-webhook", "iam-for-pods"]) }

    /// Whether the name of the registration, of one of its webhooks or of its server contains one of these texts.
    func isNamed(like marks: [String]) -> Bool {
        let texts = webhooks.flatMap { [$0.name, $0.target.description] } + [name]
        return texts.contains { text in marks.contains { text.contains($0) } }
    }
}

extension MutatingWebhookConfiguration.Webhook {
    /// The number of its selectors' requirements that only objects with a label meet. An unknown operator counts as
    /// such a requirement.
    fileprivate var labelsNeeded: Int {
        [namespaceSelector, objectSelector].reduce(0) { count, selector in
            count + (selector?.requirements.count(where: \.needsLabel) ?? 1000)
        }
    }

    var coversPodCreation: Bool { covers("CREATE", "pods") }

    var coversEphemeralContainers: Bool { covers("UPDATE", "pods/ephemeralcontainers") }

    var coversServiceAccounts: Bool { covers("CREATE", "serviceaccounts") && covers("UPDATE", "serviceaccounts") }

    private func covers(_ operation: String, _ resource: String) -> Bool {
        rules.contains { $0.covers(operation, resource) }
    }
}

extension LabelSelector.Requirement {
    fileprivate var needsLabel: Bool {
        switch self {
        case .isIn, .exists: true
        case .notIn, .doesNotExist: false
        }
    }
}

extension MutatingWebhookConfiguration.Rule {
    /// Matches namespaced resources of the core group as the API server does: `*` matches anything, and the two parts of
    /// `RESOURCE/SUBRESOURCE` are matched separately, so that `pods/*` also matches `pods`.
    fileprivate func covers(_ operation: String, _ resource: String) -> Bool {
        let wanted = Self.parts(of: resource)
        return operations.contains { ["*", operation].contains($0) } && groups.contains { ["*", ""].contains($0) }
            && versions.contains { ["*", "v1"].contains($0) } && scope != "Cluster"
            && resources.contains { pattern in
                let parts = Self.parts(of: pattern)
                return ["*", wanted.name].contains(parts.name) && ["*", wanted.subresource].contains(parts.subresource)
            }
    }

    private static func parts(of resource: String) -> (name: String, subresource: String) {
        let parts = resource.split(separator: "/", maxSplits: 1).map(String.init)
        return (parts.first ?? "", parts.dropFirst().first ?? "")
    }
}

extension MutatingWebhookConfiguration.Target {
    /// Whether the API server connects to the same place for both.
    fileprivate func isSameServer(as other: Self) -> Bool {
        switch (self, other) {
        case (.service(let service, _, let port), .service(let otherService, _, let otherPort)):
            (service, port) == (otherService, otherPort)
        case (.url(let url), .url(let other)): Self.origin(of: url) == Self.origin(of: other)
        default: false
        }
    }

    /// The parts of `https://HOST:PORT`, without the path of the URL.
    private static func origin(of url: String) -> [Substring] {
        Array(url.split(separator: "/", maxSplits: 3, omittingEmptySubsequences: false).prefix(3))
    }
}
