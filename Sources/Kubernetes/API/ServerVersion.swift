internal import JSON

/// What the API server says of itself at `/version` (`version.Info`).
struct ServerVersion: Equatable, Sendable {
    /// For example 1 and 32 of Kubernetes 1.32.
    let major: Int
    let minor: Int
    /// With everything that tells one build from the other.
    let text: String

    init(major: Int, minor: Int, text: String) {
        self.major = major
        self.minor = minor
        self.text = text
    }

    /// - Throws: `KubernetesError.malformedAnswer`.
    init(_ object: JSONValue) throws(KubernetesError) {
        // Some distributions put a sign behind the minor version, as in "32+".
        let minor = object["minor"]?.string.flatMap { Int($0.prefix(4).prefix { $0.isNumber }) }
        guard let major = object["major"]?.string.flatMap({ Int($0) }), let minor else {
            throw .malformedAnswer("/version does not say which version the API server has")
        }
        let text = object["gitVersion"]?.string ?? ""
        self.init(major: major, minor: minor, text: String(text.prefix(64)))
    }

    /// Whether a watch may begin with a list. Older servers heed no such wish, some without a word; where the feature is
    /// switched off the server refuses (`WatchList`, on by default in 1.32 and again from 1.34 on).
    var mayStreamLists: Bool { (major, minor) >= (1, 32) }
}
