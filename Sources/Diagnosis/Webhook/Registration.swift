internal import FoundationEssentials
internal import JSON
internal import Kubernetes
internal import KubernetesObjects

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
        var rules: [Rule]
        var ignoresFailure: Bool
        var isReinvoked: Bool
        var timeoutSeconds: Int
        /// Nil where a selector has an operator that is not known here.
        var namespaceSelector: LabelSelector?
        var objectSelector: LabelSelector?
        var hasMatchConditions: Bool
    }

    /// Which requests the API server sends to a webhook.
    struct Rule: Equatable, Sendable {
        var operations: [String]
        var groups: [String]
        var versions: [String]
        var resources: [String]
        var scope: String
    }

    init(_ object: ObjectView) {
        name = object.metadata.name?.string ?? ""
        creation = object.metadata.creation
        entries = object.value["webhooks"]?.elements.map { Entry($0) } ?? []
    }

    /// The entry that the API server calls for new pods.
    var podEntry: Entry? { entries.first(where: \.coversPodCreation) }

    /// Those that lead to where `podEntry` leads, itself first; none without it.
    var ownEntries: [Entry] {
        guard let podEntry, let own = entries.firstIndex(of: podEntry) else { return [] }
        let others = entries.indices.filter { $0 != own && entries[$0].target.isSameServer(as: podEntry.target) }
        return [podEntry] + others.map { entries[$0] }
    }

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
        rules = value["rules"]?.elements.map { Registration.Rule($0) } ?? []
        // What admissionregistration.k8s.io/v1 has as defaults.
        ignoresFailure = value["failurePolicy"]?.string == "Ignore"
        isReinvoked = value["reinvocationPolicy"]?.string == "IfNeeded"
        timeoutSeconds = value["timeoutSeconds"]?.int.map { Int($0) } ?? 10
        namespaceSelector = LabelSelector(value["namespaceSelector"])
        objectSelector = LabelSelector(value["objectSelector"])
        hasMatchConditions = value["matchConditions"]?.elements.contains { _ in true } ?? false
    }

    var coversPodCreation: Bool { covers("CREATE", "pods") }

    var coversEphemeralContainers: Bool { covers("UPDATE", "pods/ephemeralcontainers") }

    var coversServiceAccounts: Bool { covers("CREATE", "serviceaccounts") && covers("UPDATE", "serviceaccounts") }

    private func covers(_ operation: String, _ resource: String) -> Bool {
        rules.contains { $0.covers(operation, resource) }
    }
}

extension Registration.Rule {
    fileprivate init(_ rule: JSONValue) {
        func list(_ field: StaticString) -> [String] { rule[field]?.elements.compactMap(\.string) ?? [] }
        operations = list("operations")
        groups = list("apiGroups")
        versions = list("apiVersions")
        resources = list("resources")
        scope = rule["scope"]?.string ?? "*"
    }

    /// As the API server matches a rule, for namespaced resources of the core group: `*` is any, and the two parts of
    /// `RESOURCE/SUBRESOURCE` are matched each for itself, so that `pods/*` is pods too.
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

    /// Whether the API server opens the same connections for both.
    fileprivate func isSameServer(as other: Self) -> Bool {
        switch (self, other) {
        case (
            .service(let namespace, let name, _, let port),
            .service(let otherNamespace, let otherName, _, let otherPort)
        ):
            (namespace, name, port) == (otherNamespace, otherName, otherPort)
        case (.url(let url), .url(let other)): Self.origin(of: url) == Self.origin(of: other)
        default: false
        }
    }

    /// `https://HOST:PORT` of a URL, without its path.
    private static func origin(of url: String) -> [Substring] {
        Array(url.split(separator: "/", maxSplits: 3, omittingEmptySubsequences: false).prefix(3))
    }

    var description: String {
        switch self {
        case .url(let url): url
        case .service(let namespace, let name, let path, let port): "https://\(name).\(namespace).svc:\(port)\(path)"
        }
    }
}
