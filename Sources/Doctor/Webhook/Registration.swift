internal import FoundationEssentials
internal import JSON
internal import Kubernetes

/// A MutatingWebhookConfiguration (admissionregistration.k8s.io/v1), as far as it matters here.
struct Registration: Equatable, Sendable {
    let name: String
    let creation: Timestamp?
    var entries: [Entry]

    /// The `rules`, `clientConfig` and so on of one webhook in it.
    struct Entry: Equatable, Sendable {
        enum Target: Equatable, Sendable {
            case url(String)
            case service(namespace: String, name: String, path: String, port: Int)
        }

        var name: String
        var target: Target
        /// PEM; nil if there is none.
        var caBundle: [UInt8]?
        var coversPodCreation: Bool
        var ignoresFailure: Bool
        var isReinvoked: Bool
        var timeoutSeconds: Int
        /// Nil where a selector has an operator that is not known here.
        var namespaceSelector: LabelSelector?
        var objectSelector: LabelSelector?
        var hasMatchConditions: Bool
    }

    init(_ object: ObjectView) {
        name = object.metadata.name?.string ?? ""
        creation = object.metadata.creation
        entries = object.value["webhooks"]?.elements.map { Entry($0) } ?? []
    }

    /// The entry that the API server calls for new pods.
    var podEntry: Entry? { entries.first(where: \.coversPodCreation) }

    /// Whether it is there to give pods an identity, whatever its name: the EKS webhook's are recognised too.
    var looksLikePodIdentity: Bool {
        let marks = ["pod-identity-webhook", "iam-for-pods"]
        let texts = entries.flatMap { [$0.name, $0.target.description] } + [name]
        return entries.contains(where: \.coversPodCreation)
            && texts.contains { text in marks.contains { text.contains($0) } }
    }
}

extension Registration.Entry {
    fileprivate init(_ value: JSONValue) {
        name = value["name"]?.string ?? ""
        let client = value["clientConfig"]
        target = Target(client)
        caBundle = client?["caBundle"]?.string.flatMap { text in
            text.isEmpty ? nil : Data(base64Encoded: text).map { Array($0) } ?? []
        }
        coversPodCreation = value["rules"]?.elements.contains(where: Self.coversPodCreation) ?? false
        // What admissionregistration.k8s.io/v1 has as defaults.
        ignoresFailure = value["failurePolicy"]?.string == "Ignore"
        isReinvoked = value["reinvocationPolicy"]?.string == "IfNeeded"
        timeoutSeconds = value["timeoutSeconds"]?.int.map { Int($0) } ?? 10
        namespaceSelector = LabelSelector(value["namespaceSelector"])
        objectSelector = LabelSelector(value["objectSelector"])
        hasMatchConditions = value["matchConditions"]?.elements.contains { _ in true } ?? false
    }

    /// As the API server matches a rule: `*` is any, and a resource is `RESOURCE/SUBRESOURCE`.
    private static func coversPodCreation(_ rule: JSONValue) -> Bool {
        func has(_ list: StaticString, _ wanted: [String]) -> Bool {
            rule[list]?.elements.contains { wanted.contains($0.string ?? "") } ?? false
        }
        return has("operations", ["CREATE", "*"]) && has("apiGroups", ["", "*"]) && has("apiVersions", ["v1", "*"])
            && has("resources", ["pods", "*", "pods/*", "*/*"]) && rule["scope"]?.string != "Cluster"
    }
}

extension Registration.Entry.Target: CustomStringConvertible {
    fileprivate init(_ client: JSONValue?) {
        guard let service = client?["service"], service.kind == .object else {
            self = .url(client?["url"]?.string ?? "")
            return
        }
        self = .service(
            namespace: service["namespace"]?.string ?? "",
            name: service["name"]?.string ?? "",
            path: service["path"]?.string ?? "",
            port: service["port"]?.int.map { Int($0) } ?? 443
        )
    }

    var description: String {
        switch self {
        case .url(let url): url
        case .service(let namespace, let name, let path, let port): "https://\(name).\(namespace).svc:\(port)\(path)"
        }
    }
}
