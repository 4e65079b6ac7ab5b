internal import JSON
internal import Kubernetes
internal import KubernetesObjects
internal import NIOCore
internal import NIOHTTP1
internal import PodIdentity

/// Whether the webhook may read what it decides by (authorization.k8s.io/v1 SubjectAccessReview).
struct AccessCheck: Sendable {
    let client: APIClient
    /// The webhook's own; nil to find it through the pods of its Service.
    let account: NamespacedName?
    /// Whether the annotations of Namespaces count.
    let readsNamespaces: Bool

    private static let verbs = ["get", "list", "watch"]

    func findings(
        _ entry: Registration.Entry?,
        _ endpoints: ServiceEndpoints?
    ) async throws(KubernetesError) -> [Finding] {
        guard let account = try await webhookAccount(entry, endpoints) else {
            return [
                Finding(
                    .access,
                    .unknown,
                    .webhookAccountUnknown,
                    "ServiceAccounts",
                    "the ServiceAccount that the webhook runs as was not found through its Service's pods",
                    remedy: "pod-identity-webhook doctor --webhook-service-account NAMESPACE/NAME"
                )
            ]
        }
        var findings = [try await finding(account, "serviceaccounts", remedy: RegistrationCheck.installation)]
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
        for verb in Self.verbs where !(try await may(account, verb, resource)) { denied.append(verb) }
        let verbs = denied.isEmpty ? Self.verbs : denied
        let place = resource == "namespaces" ? "" : " in all namespaces"
        return Finding(
            .access,
            denied.isEmpty ? .ok : .problem,
            denied.isEmpty ? .accessGranted : .accessDenied,
            "\(account)",
            "the webhook's ServiceAccount may \(denied.isEmpty ? "" : "not ")\(verbs.joined(separator: ", ")) "
                + "\(resource)\(place)",
            remedy: denied.isEmpty ? nil : remedy
        )
    }

    private func webhookAccount(
        _ entry: Registration.Entry?,
        _ endpoints: ServiceEndpoints?
    ) async throws(KubernetesError) -> NamespacedName? {
        if let account { return account }
        guard case .service(let namespace, _, _, _) = entry?.target, let endpoints, !endpoints.selector.isEmpty else {
            return nil
        }
        let selector = endpoints.selector.map { "\($0.key)=\($0.value)" }.sorted().joined(separator: ",")
        let answer = try await client.get(
            "/api/v1/namespaces/\(namespace)/pods",
            query: [("labelSelector", selector), ("limit", "1")]
        )
        let name = try answer.parse { root in
            root["items"]?.elements.first { _ in true }?["spec"]?["serviceAccountName"]?.string
        }
        return name.map { NamespacedName(namespace: namespace, name: $0) }
    }

    private func may(
        _ account: NamespacedName,
        _ verb: String,
        _ resource: String
    ) async throws(KubernetesError) -> Bool {
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
        let request = APIRequest(
            .POST,
            path: "/apis/authorization.k8s.io/v1/subjectaccessreviews",
            body: ("application/json", ByteBuffer(bytes: writer.bytes))
        )
        return try await client.send(request).parse { $0["status"]?["allowed"]?.bool ?? false }
    }
}
