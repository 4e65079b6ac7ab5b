internal import JSON

/// A MutatingWebhookConfiguration (admissionregistration.k8s.io/v1), with the defaults of that version of the API.
package struct MutatingWebhookConfiguration: Equatable, Sendable {
    package let name: String
    package let resourceVersion: String
    package let creation: Timestamp?
    package let labels: [String: String]
    /// The Helm release that the object belongs to, and its namespace; nil if it belongs to none.
    package let helmRelease: NamespacedName?
    package let webhooks: [Webhook]

    package struct Webhook: Equatable, Sendable {
        /// Unique within the configuration.
        package let name: String
        package let target: Target
        /// PEM in base64, exactly as the object has it; empty if there is none.
        package let caBundle: String
        package let rules: [Rule]
        package let failurePolicy: FailurePolicy
        package let reinvocationPolicy: ReinvocationPolicy
        package let timeoutSeconds: Int
        /// Nil if the selector has an operator that this version does not know.
        package let namespaceSelector: LabelSelector?
        /// Nil if the selector has an operator that this version does not know.
        package let objectSelector: LabelSelector?
        package let hasMatchConditions: Bool
    }

    package enum Target: Equatable, Sendable {
        case url(String)
        case service(NamespacedName, path: String, port: Int)
    }

    package enum FailurePolicy: String, Sendable {
        case fail = "Fail"
        case ignore = "Ignore"
    }

    package enum ReinvocationPolicy: String, Sendable {
        case never = "Never"
        case ifNeeded = "IfNeeded"
    }

    /// Requests that the API server sends to a webhook.
    package struct Rule: Equatable, Sendable {
        package let operations: [String]
        package let groups: [String]
        package let versions: [String]
        package let resources: [String]
        package let scope: String
    }

    package init(_ object: ObjectView) {
        name = object.metadata.name?.string ?? ""
        resourceVersion = object.metadata.resourceVersion?.string ?? ""
        creation = object.metadata.creation
        labels = object.metadata.labels
        helmRelease = object.metadata.annotation("meta.helm.sh/release-name").map { release in
            let namespace = object.metadata.annotation("meta.helm.sh/release-namespace")?.string ?? ""
            return NamespacedName(namespace: namespace, name: release.string)
        }
        webhooks = object.value["webhooks"]?.elements.map { Webhook($0) } ?? []
    }
}

extension MutatingWebhookConfiguration.Webhook {
    fileprivate init(_ value: JSONValue) {
        let client = value["clientConfig"]
        name = value["name"]?.string ?? ""
        target = MutatingWebhookConfiguration.Target(client)
        caBundle = client?["caBundle"]?.string ?? ""
        rules = value["rules"]?.elements.map { MutatingWebhookConfiguration.Rule($0) } ?? []
        failurePolicy = value["failurePolicy"]?.string.flatMap { .init(rawValue: $0) } ?? .fail
        reinvocationPolicy = value["reinvocationPolicy"]?.string.flatMap { .init(rawValue: $0) } ?? .never
        timeoutSeconds = value["timeoutSeconds"]?.int.map { Int($0) } ?? 10
        namespaceSelector = LabelSelector(value["namespaceSelector"])
        objectSelector = LabelSelector(value["objectSelector"])
        hasMatchConditions = value["matchConditions"]?.elements.contains { _ in true } ?? false
    }
}

extension MutatingWebhookConfiguration.Target: CustomStringConvertible {
    fileprivate init(_ client: JSONValue?) {
        guard let service = client?["service"], service.kind == .object else {
            self = .url(client?["url"]?.string ?? "")
            return
        }
        self = .service(
            NamespacedName(namespace: service["namespace"]?.string ?? "", name: service["name"]?.string ?? ""),
            path: service["path"]?.string ?? "",
            port: service["port"]?.int.map { Int($0) } ?? 443
        )
    }

    /// The URL that the API server calls.
    package var description: String {
        switch self {
        case .url(let url): url
        case .service(let service, let path, let port):
            "https://\(service.name).\(service.namespace).svc:\(port)\(path)"
        }
    }
}

extension MutatingWebhookConfiguration.Rule {
    fileprivate init(_ rule: JSONValue) {
        func list(_ field: StaticString) -> [String] { rule[field]?.elements.compactMap(\.string) ?? [] }
        operations = list("operations")
        groups = list("apiGroups")
        versions = list("apiVersions")
        resources = list("resources")
        scope = rule["scope"]?.string ?? "*"
    }
}
