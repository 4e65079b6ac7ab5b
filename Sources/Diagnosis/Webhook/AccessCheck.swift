internal import JSON
internal import Kubernetes
internal import KubernetesObjects
internal import NIOCore
internal import NIOHTTP1

/// Checks that the webhook may read the objects that its decisions depend on.
struct AccessCheck: Sendable {
    let client: APIClient
    /// The ServiceAccount that the webhook runs as; nil to find it through the pods of its Service.
    let account: NamespacedName?
    /// Whether the annotations of Namespaces count.
    let readsNamespaces: Bool

    private static let verbs = ["get", "list", "watch"]

    func findings(
        _ webhook: MutatingWebhookConfiguration.Webhook?,
        _ endpoints: ServiceEndpoints?
    ) async throws(KubernetesError) -> [Finding] {
        guard let account = try await webhookAccount(webhook, endpoints) else {
            let message = "the ServiceAccount that the webhook runs as was not found through its Service's pods"
            let remedy = "pod-identity-webhook doctor --webhook-service-account NAMESPACE/NAME"
            return [Finding.Topic(.access, "ServiceAccounts").unknown(.webhookAccountUnknown, message, remedy: remedy)]
        }
        var findings = [try await finding(account, "serviceaccounts", remedy: RegistrationCheck.installCommand)]
        if readsNamespaces {
            let remedy =
                "helm upgrade pod-identity-webhook deploy/helm/pod-identity-webhook --reuse-values "
                + "--set flags.namespace-roles=true"
            findings.append(try await finding(account, "namespaces", remedy: remedy))
        }
        return findings
    }

    private func finding(
        _ account: NamespacedName,
        _ resource: String,
        remedy: String
    ) async throws(KubernetesError) -> Finding {
        var denied: [String] = []
        for verb in Self.verbs where !(try await isAllowed(account, verb, resource)) { denied.append(verb) }
        let verbs = (denied.isEmpty ? Self.verbs : denied).joined(separator: ", ")
        let place = resource == "namespaces" ? "" : " in all namespaces"
        func message(_ may: String) -> String { "the webhook's ServiceAccount \(may) \(verbs) \(resource)\(place)" }
        let topic = Finding.Topic(.access, "\(account)")
        return denied.isEmpty
            ? topic.ok(.accessGranted, message("may"))
            : topic.problem(.accessDenied, message("may not"), remedy: remedy)
    }

    private func webhookAccount(
        _ webhook: MutatingWebhookConfiguration.Webhook?,
        _ endpoints: ServiceEndpoints?
    ) async throws(KubernetesError) -> NamespacedName? {
        if let account { return account }
        guard case .service(let service, _, _) = webhook?.target, let endpoints, !endpoints.selector.isEmpty else {
            return nil
        }
        let selector = endpoints.selector.map { "\($0.key)=\($0.value)" }.sorted().joined(separator: ",")
        let response = try await client.get(
            "/api/v1/namespaces/\(service.namespace)/pods",
            query: [("labelSelector", selector), ("limit", "1")]
        )
        let name = try response.parse { root in
            root["items"]?.elements.first { _ in true }?["spec"]?["serviceAccountName"]?.string
        }
        return name.map { NamespacedName(namespace: service.namespace, name: $0) }
    }

    private func isAllowed(
        _ account: NamespacedName,
        _ verb: String,
        _ resource: String
    ) async throws(KubernetesError) -> Bool {
        let request = APIRequest(
            .POST,
            path: "/apis/authorization.k8s.io/v1/subjectaccessreviews",
            body: ("application/json", ByteBuffer(bytes: Self.review(account, verb, resource)))
        )
        return try await client.send(request).parse { $0["status"]?["allowed"]?.bool ?? false }
    }

    /// A SubjectAccessReview (authorization.k8s.io/v1).
    private static func review(_ account: NamespacedName, _ verb: String, _ resource: String) -> [UInt8] {
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
                    $0.member("resource", resource)
                }
            }
        }
        return writer.bytes
    }
}
