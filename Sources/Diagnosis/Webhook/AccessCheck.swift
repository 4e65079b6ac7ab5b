internal import JSON
internal import Kubernetes
internal import KubernetesObjects
internal import NIOCore
internal import NIOHTTP1

/// Checks that the webhook's ServiceAccount may do what the webhook's flags require. The API server is asked about each
/// verb, whatever the source of the rights.
struct AccessCheck: Sendable {
    let client: APIClient
    let rights: WebhookRights
    /// The registration, which shows how to create missing rules.
    let configuration: MutatingWebhookConfiguration?

    static var unknownAccount: Finding {
        let message = "the ServiceAccount that the webhook runs as was not found through its Service's pods"
        let remedy: Remedy = "pod-identity-webhook doctor --webhook-service-account NAMESPACE/NAME"
        return Finding.Topic(.access, "ServiceAccounts").unknown(.webhookAccountUnknown, message, remedy: remedy)
    }

    func findings(_ account: NamespacedName) async throws(KubernetesError) -> [Finding] {
        let topic = Finding.Topic(.access, "\(account)")
        var granted: [String] = []
        var findings: [Finding] = []
        for rule in rights.rules {
            var denied: [String] = []
            for verb in rule.verbs where !(try await isAllowed(account, verb, rule)) { denied.append(verb) }
            guard !denied.isEmpty else {
                if !granted.contains(rule.resource) { granted.append(rule.resource) }
                continue
            }
            let message = "the webhook's ServiceAccount may not \(rule.text(denied)): \(rule.purpose)"
            findings.append(
                topic.finding(
                    rule.isEssential ? .problem : .warning,
                    .accessDenied,
                    message,
                    remedy: remedy(rule, denied, account)
                )
            )
        }
        guard !granted.isEmpty else { return findings }
        let message = "the webhook's ServiceAccount may do what its flags need with \(granted.joined(separator: ", "))"
        return [topic.ok(.accessGranted, message)] + findings
    }

    private func remedy(_ rule: WebhookRights.Rule, _ verbs: [String], _ account: NamespacedName) -> Remedy {
        guard let configuration, case .chart = configuration.origin else {
            return rule.grantCommand(verbs, to: account)
        }
        return configuration.repairCommand(flags: rule.flag.map { ["flags.\($0)"] } ?? [])
    }

    private func isAllowed(
        _ account: NamespacedName,
        _ verb: String,
        _ rule: WebhookRights.Rule
    ) async throws(KubernetesError) -> Bool {
        let request = APIRequest(
            .POST,
            path: "/apis/authorization.k8s.io/v1/subjectaccessreviews",
            body: ("application/json", ByteBuffer(bytes: Self.review(account, verb, rule)))
        )
        return try await client.send(request).parse { $0["status"]?["allowed"]?.bool ?? false }
    }

    /// A SubjectAccessReview (authorization.k8s.io/v1).
    private static func review(_ account: NamespacedName, _ verb: String, _ rule: WebhookRights.Rule) -> [UInt8] {
        var writer = JSONWriter()
        writer.object { root in
            root.member("apiVersion", "authorization.k8s.io/v1")
            root.member("kind", "SubjectAccessReview")
            root.key("spec")
            root.object { spec in
                spec.member("user", "system:serviceaccount:\(account.namespace):\(account.name)")
                spec.key("groups")
                spec.array { groups in
                    groups.string("system:serviceaccounts")
                    groups.string("system:serviceaccounts:\(account.namespace)")
                    groups.string("system:authenticated")
                }
                spec.key("resourceAttributes")
                spec.object {
                    $0.member("verb", verb)
                    $0.member("group", rule.group)
                    $0.member("resource", rule.resource)
                    $0.member("name", rule.name)
                    $0.member("namespace", rule.namespace)
                }
            }
        }
        return writer.bytes
    }
}
