internal import JSON
internal import KubernetesObjects

/// The parts of a list's metadata (meta/v1 `ListMeta`) that are needed.
struct ListMeta {
    /// The maximum number of bytes of a continue token: an etcd key and a few numbers, in base64. It is put into a URL.
    static let longestToken = 4096

    let resourceVersion: String?
    /// The token of the next page; nil on the last page.
    let continueToken: String?
    /// The number of objects on later pages; nil if the server does not report it, as for a selection.
    var remaining: Int?
}

extension ListMeta {
    /// - Throws: `KubernetesError.malformedAnswer` for a version or a token that is too long to be one.
    init(_ list: JSONValue) throws(KubernetesError) {
        let version = list["metadata"]?["resourceVersion"]?.text
        let token = list["metadata"]?["continue"]?.text
        guard version?.utf8.count ?? 0 <= ObjectMeta.longestVersion, token?.utf8.count ?? 0 <= Self.longestToken else {
            throw .malformedAnswer("the resource version of a list, or its continue token, is too long to be one")
        }
        resourceVersion = version?.string
        remaining = (list["metadata"]?["remainingItemCount"]?.int).flatMap { Int(exactly: $0) }
        continueToken = token.flatMap { $0.isEmpty ? nil : $0.string }
    }
}
