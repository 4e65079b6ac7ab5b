internal import GoSyntax
internal import JSON

/// The volumes of a pod, those that it is given included.
struct PodVolumes {
    struct Content {
        /// The audiences of the service account tokens that the volume has, by the path of their file in it.
        var audiences: [String: String] = [:]
        /// Whether the kubelet mounts the volume read-only, whatever the mount says.
        var isReadOnly = false

        func has(_ token: ProjectedTokenVolume) -> Bool { audiences[GoSyntax.cleanPath(token.path)] == token.audience }
    }

    /// The list `volumes` of the pod; nil if there is none.
    let list: JSONValue?
    private var byName: [String: JSONValue]?
    /// What has been looked up. Every container may mount every volume, so a volume is read only once.
    private var contents: [String: Content] = [:]

    init(of pod: PodView) { list = pod.spec.list("volumes") }

    /// Finds the name under which a pod has a token, or under which it can be given it: the wanted name, or, if another
    /// volume has that, the first free one of `NAME-2`, `NAME-3` and so on.
    ///
    /// - Returns: the name, and whether the pod has the volume.
    mutating func place(_ token: ProjectedTokenVolume) -> (name: String, exists: Bool) {
        let isTaken = list?.elements.contains { $0["name"]?.text.map { $0 == token.name } ?? false } ?? false
        guard isTaken else { return (token.name, false) }
        if content(of: token.name)?.has(token) ?? false { return (token.name, true) }
        var number = 2
        while true {
            let suffix = "-\(number)"
            let name = String(token.name.prefix(Self.maximumName - suffix.count)) + suffix
            guard let content = content(of: name) else { return (name, false) }
            if content.has(token) { return (name, true) }
            number += 1
        }
    }

    /// The length of a volume's name (`core/v1` Volume: a DNS label).
    private static let maximumName = 63

    /// Notes that the pod gets a volume of this name.
    mutating func add(_ token: ProjectedTokenVolume, as name: String) {
        contents[name] = Content(audiences: [GoSyntax.cleanPath(token.path): token.audience], isReadOnly: true)
    }

    /// What the volume has; nil if there is none of that name.
    mutating func content(of name: String) -> Content? {
        if let content = contents[name] { return content }
        if byName == nil { byName = Self.index(list) }
        guard let volume = byName?[name] else { return nil }
        let content = Content(volume)
        contents[name] = content
        return content
    }

    private static func index(_ list: JSONValue?) -> [String: JSONValue] {
        guard let list else { return [:] }
        var index: [String: JSONValue] = [:]
        for volume in list.elements {
            guard let name = volume["name"]?.string, index[name] == nil else { continue }
            index[name] = volume
        }
        return index
    }
}

extension PodVolumes.Content {
    /// - Parameter volume: a `core/v1` Volume.
    fileprivate init(_ volume: JSONValue) {
        isReadOnly =
            ["configMap", "secret", "downwardAPI", "projected", "image"].contains { volume.member($0)?.kind == .object }
            || volume["persistentVolumeClaim"]?["readOnly"]?.bool ?? false
        guard let sources = volume["projected"]?["sources"] else { return }
        for source in sources.elements {
            guard let token = source["serviceAccountToken"], let path = token["path"]?.string else { continue }
            audiences[GoSyntax.cleanPath(path)] = token["audience"]?.string ?? ""
        }
    }
}
