internal import KubernetesObjects
internal import PodIdentity

/// The object that specifies a ServiceAccount's identity.
enum RolePlace: Equatable {
    case serviceAccount(NamespacedName, annotated: Timestamp?)
    case namespace(String, annotated: Timestamp?)
    /// A ConfigMap, or a file.
    case configuration
    /// No known object; for example, settings of the pod itself.
    case none(NamespacedName)

    /// The latest time at which the identity can have been set; nil if that is not recorded.
    var annotated: Timestamp? {
        switch self {
        case .serviceAccount(_, let annotated), .namespace(_, let annotated): annotated
        case .configuration, .none: nil
        }
    }

    /// The command that opens it in an editor.
    var editCommand: ShellCommand {
        switch self {
        case .serviceAccount(let account, _), .none(let account):
            "kubectl -n \(account.namespace) edit serviceaccount \(account.name)"
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
        case .configuration, .none: "its ServiceAccount"
        }
    }
}

extension ClusterView {
    /// The source of the identity of a ServiceAccount that has one.
    ///
    /// - Parameter cloud: Nil for an identity of any cloud.
    func rolePlace(of account: NamespacedName, _ cloud: String? = nil) -> RolePlace {
        switch roleSource(of: account, cloud) {
        case .serviceAccount(let annotated): return .serviceAccount(account, annotated: annotated)
        case .namespace(let annotated): return .namespace(account.namespace, annotated: annotated)
        case nil: break
        }
        let providers = providers.providers(of: cloud, configurations)
        return cloud == nil || providers.contains { !$0.configurations.isEmpty } ? .configuration : .none(account)
    }

    /// What is wrong with the names of a ServiceAccount's identities, one finding for each cloud.
    func malformedIdentities(of account: NamespacedName) -> [Finding] {
        decisions(for: plainPod(of: account)).compactMap { decision in
            guard let injection = decision.injection, let malformation = injection.malformation else { return nil }
            let noun = noun(of: decision.cloud)
            let message = "no pod can get its \(noun): \(malformation)"
            let edit = rolePlace(of: account, decision.cloud).editCommand
            let topic = Finding.Topic(.serviceAccounts, "\(account)", cloud: name(of: decision.cloud))
            let remedy = Remedy(edit, note: "fix the \(noun), then recreate the pods")
            return topic.problem(malformedCode(of: decision.cloud), message, remedy: remedy)
        }
    }

    /// Whether pods with these labels are not created without the webhook's answer (`failurePolicy: Fail`).
    func isCreationRefused(namespace: String, labels: [String: String]) -> Bool {
        let webhooks = registration?.webhooks.filter { $0.coversPodCreation && $0.failurePolicy == .fail } ?? []
        return webhooks.contains { webhook in
            guard !webhook.hasMatchConditions, webhook.objectSelector?.matches(labels) ?? false else { return false }
            let selector = webhook.namespaceSelector
            return namespaces[namespace].map { selector?.matches($0.labels) ?? false } ?? (webhook == podWebhook)
        }
    }
}
