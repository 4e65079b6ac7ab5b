internal import KubernetesObjects
internal import PodIdentity

/// The object that gives a ServiceAccount its role.
enum RolePlace: Equatable {
    case serviceAccount(NamespacedName, annotated: Timestamp?)
    case namespace(String, annotated: Timestamp?)
    /// A ConfigMap, or a file.
    case configuration

    /// When the role was set, at the latest; nil if that is not recorded.
    var annotated: Timestamp? {
        switch self {
        case .serviceAccount(_, let annotated), .namespace(_, let annotated): annotated
        case .configuration: nil
        }
    }

    /// The command that opens it in an editor.
    var editCommand: String {
        switch self {
        case .serviceAccount(let account, _): "kubectl -n \(account.namespace) edit serviceaccount \(account.name)"
        case .namespace(let name, _): "kubectl edit namespace \(name)"
        case .configuration: "kubectl get configmaps -A --field-selector metadata.name=pod-identity-webhook"
        }
    }
}

extension RolePlace: CustomStringConvertible {
    var description: String {
        switch self {
        case .serviceAccount(let account, _): "its ServiceAccount \(account.name)"
        case .namespace: "its Namespace"
        case .configuration: "its ServiceAccount"
        }
    }
}

extension ClusterView {
    /// Where the role of a ServiceAccount that has one comes from.
    func rolePlace(of account: NamespacedName) -> RolePlace {
        switch roleSource(of: account) {
        case .serviceAccount(let annotated): .serviceAccount(account, annotated: annotated)
        case .namespace(let annotated): .namespace(account.namespace, annotated: annotated)
        case nil: .configuration
        }
    }

    /// What is wrong with the role of a ServiceAccount; nil if nothing is, or if it has none.
    func malformedRole(of account: NamespacedName) -> Finding? {
        guard let malformation = injection(into: .plain(account))?.malformation else { return nil }
        let message = "no pod can get its role: \(malformation)"
        let remedy = "\(rolePlace(of: account).editCommand)  # correct the role, then replace the pods"
        return Finding.Topic(.serviceAccounts, "\(account)").problem(.malformedRole, message, remedy: remedy)
    }

    /// Whether pods with these labels are not made without the webhook's answer (`failurePolicy: Fail`).
    func isCreationRefused(namespace: String, labels: [String: String]) -> Bool {
        let webhooks = registration?.webhooks.filter { $0.coversPodCreation && $0.failurePolicy == .fail } ?? []
        return webhooks.contains { webhook in
            guard !webhook.hasMatchConditions, webhook.objectSelector?.matches(labels) ?? false else { return false }
            let selector = webhook.namespaceSelector
            return namespaces[namespace].map { selector?.matches($0.labels) ?? false } ?? (webhook == podWebhook)
        }
    }
}
