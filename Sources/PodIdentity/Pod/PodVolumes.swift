internal import GoSyntax
internal import JSON

/// A volume with a token, under the name that it has in a pod.
struct PlacedVolume {
    let token: ProjectedTokenVolume
    let name: String
    /// Whether the pod does not have the volume yet.
    let isMissing: Bool
    /// Whether any container mounts the volume.
    var isMounted = false
}

/// The volumes of a pod, those that it is given included.
struct PodVolumes {
    struct Content {
        /// The audiences of the service account tokens that the volume has, by the path of their file in it.
        var audiences: [String: String] = [:]
        /// Whether the kubelet mounts the volume read-only, whatever the mount says.
        var isReadOnly = false

        func has(_ token: ProjectedTokenVolume) -> Bool { audiences[GoSyntax.cleanPath(token.path)] == token.audience }

        /// The audience of the token at a path; nil if there is none.
        func audience(at path: String, ignoringCase: Bool) -> String? {
            guard ignoringCase else { return audiences[path] }
            return audiences.first { $0.key.lowercased() == path.lowercased() }?.value
        }
    }

    /// The list `volumes` of the pod; nil if there is none.
    let list: JSONValue?
    /// The volumes that the pod gets.
    private var added: [(name: String, token: ProjectedTokenVolume)] = []
    private var byName: [String: JSONValue]?
    /// What has been looked up. Every container may mount every volume, so a volume is read only once.
    private var contents: [String: Content] = [:]

    init(of pod: PodView) { list = pod.spec.list("volumes") }

    /// Finds the name under which a pod has a token, or under which it can be given it: the wanted name, or, if another
    /// volume has that, the first free one of `NAME-2`, `NAME-3` and so on.
    ///
    /// A pod that lacks the token counts from now on as one that has it.
    mutating func place(_ token: ProjectedTokenVolume) -> PlacedVolume {
        let (name, exists) = findName(for: token)
        if !exists { added.append((name, token)) }
        return PlacedVolume(token: token, name: name, isMissing: !exists)
    }

    /// - Returns: the name, and whether the pod has the volume.
    private mutating func findName(for token: ProjectedTokenVolume) -> (name: String, exists: Bool) {
        guard isTaken(token.name) else { return (token.name, false) }
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

    private func isTaken(_ name: String) -> Bool {
        if let byName { return byName[name] != nil }
        return list?.elements.contains { $0["name"]?.text.map { $0 == name } ?? false } ?? false
    }

    /// The length of a volume's name (`core/v1` Volume: a DNS label).
    private static let maximumName = 63

    /// What the volume has; nil if there is none of that name.
    mutating func content(of name: String) -> Content? {
        if let content = contents[name] { return content }
        if let token = added.first(where: { $0.name == name })?.token {
            return Content(audiences: [GoSyntax.cleanPath(token.path): token.audience], isReadOnly: true)
        }
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
            || volume.members.contains { $0.value["readOnly"]?.bool ?? false }
        guard let sources = volume["projected"]?["sources"] else { return }
        for source in sources.elements {
            guard let token = source["serviceAccountToken"], let path = token["path"]?.string else { continue }
            audiences[GoSyntax.cleanPath(path)] = token["audience"]?.string ?? ""
        }
    }
}
