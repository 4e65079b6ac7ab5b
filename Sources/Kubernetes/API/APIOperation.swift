internal import NIOHTTP1

/// What a request does to which resource, in Kubernetes' words. It contains no names of objects, and only those
/// resources that the webhook knows, so the number of operations is bounded.
struct APIOperation: Hashable, Sendable {
    enum Verb: String, Sendable {
        case get, list, watch, create, update, patch, delete, other
    }

    let verb: Verb
    /// The plural of the resource in lower case; `version` for the server's version, and `other` for all else.
    let resource: String

    private static let resources: Set = [
        "configmaps", "events", "mutatingwebhookconfigurations", "namespaces", "pods", "secrets", "serviceaccounts",
    ]

    /// - Parameter path: Without a query. The path of a group (`/api/v1`, `/apis/GROUP/VERSION`) comes first.
    init(_ method: HTTPMethod, path: String, isWatch: Bool) {
        var parts = path.split(separator: "/")[...]
        switch parts.first {
        case "api": parts = parts.dropFirst(2)
        case "apis": parts = parts.dropFirst(3)
        case "version":
            (verb, resource) = (.get, "version")
            return
        default: parts = []
        }
        if parts.first == "namespaces", parts.count > 2 { parts = parts.dropFirst(2) }
        resource = parts.first.map(String.init).flatMap { Self.resources.contains($0) ? $0 : nil } ?? "other"
        verb =
            switch method {
            case .GET: isWatch ? .watch : parts.count == 1 ? .list : .get
            case .POST: .create
            case .PUT: .update
            case .PATCH: .patch
            case .DELETE: .delete
            default: .other
            }
    }
}
