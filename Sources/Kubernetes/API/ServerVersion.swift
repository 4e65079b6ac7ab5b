internal import JSON

/// The version that the API server reports at `/version` (`version.Info`).
struct ServerVersion: Equatable, Sendable {
    /// The major version, 1 in Kubernetes 1.32.
    let major: Int
    /// The minor version, 32 in Kubernetes 1.32.
    let minor: Int
    /// The full version, which distinguishes builds.
    let text: String

    /// Whether a watch may begin with a list. Older servers do not support this, and some do not report that they do
    /// not; a server with the feature disabled refuses (`WatchList`, on by default in 1.32 and again since 1.34).
    var canStreamLists: Bool { (major, minor) >= (1, 32) }
}

extension ServerVersion {
    /// - Throws: `KubernetesError.malformedAnswer`.
    init(_ object: JSONValue) throws(KubernetesError) {
        // Some distributions append a sign to the minor version, as in "32+".
        let minor = object["minor"]?.string.flatMap { Int($0.prefix(4).prefix { $0.isNumber }) }
        guard let major = object["major"]?.string.flatMap({ Int($0) }), let minor else {
            throw .malformedAnswer("/version does not say which version the API server has")
        }
        let text = object["gitVersion"]?.string ?? ""
        self.init(major: major, minor: minor, text: String(text.prefix(64)))
    }
}
