internal import GoSyntax
internal import JSON

/// A volume of an injection, with the name that it has in a pod.
struct PlacedVolume {
    enum State: Equatable {
        /// The pod has the volume.
        case present
        case missing
        /// The pod has something else with this name, at this index of its list, which must be replaced.
        case taken(Int)
    }

    let volume: InjectedVolume
    let name: String
    let state: State
    /// Whether an earlier injection contains the same volume.
    var isShared = false
    /// Whether any container mounts the volume.
    var isMounted = false
}

/// The volumes of a pod, including those that are added.
struct PodVolumes {
    struct Content {
        /// The files whose content is known, by their paths in the volume, which are in lower case if paths are
        /// case-insensitive.
        fileprivate(set) var files: [String: VolumeFile] = [:]
        /// The permissions of its files; nil if the pod does not specify them.
        fileprivate(set) var mode: Int?
        /// Whether the volume is initially an empty folder.
        fileprivate(set) var isEmptyFolder = false
        /// Whether the kubelet mounts the volume read-only, whatever the mount says.
        fileprivate(set) var isReadOnly = false
        fileprivate let ignoringCase: Bool

        func has(_ volume: InjectedVolume) -> Bool {
            if case .empty = volume.content { return isEmptyFolder }
            return volume.files.allSatisfy { file(at: $0.path) == $0.file }
        }

        /// The content of the file at a path; nil if there is none.
        func file(at path: String) -> VolumeFile? { files[ignoringCase ? path.lowercased() : path] }
    }

    /// The list `volumes` of the pod; nil if there is none.
    let list: JSONValue?
    /// The volumes that the pod gets.
    private var added: [(name: String, volume: InjectedVolume)] = []
    private var byName: [String: JSONValue]?
    /// The contents that have been read. Every container may mount every volume, so each volume is read only once.
    private var contents: [String: Content] = [:]
    /// Whether the names of files are case-insensitive.
    private let ignoringCase: Bool

    init(of pod: PodView, ignoringCase: Bool) {
        list = pod.spec.list("volumes")
        self.ignoringCase = ignoringCase
    }

    /// Finds the name under which a pod has a volume, or under which it can be added: the preferred name, or, if
    /// another volume has that name and stays, the first free one of `NAME-2`, `NAME-3` and so on.
    ///
    /// If the pod lacks the volume, it counts as having it from now on.
    ///
    /// - Parameter isClaimed: Whether an earlier injection has or wants the volume with that name, so that it stays
    ///   whatever the policy is.
    mutating func place(_ volume: InjectedVolume, isClaimed: Bool = false) -> PlacedVolume {
        guard volume.policy == .keep || isClaimed else { return replace(volume) }
        let (name, exists) = findName(for: volume)
        if !exists { add(volume, named: name) }
        return PlacedVolume(volume: volume, name: name, state: exists ? .present : .missing)
    }

    private mutating func replace(_ volume: InjectedVolume) -> PlacedVolume {
        let own = list?.elements.enumerated().first { $1.isNamed(volume.name) }
        let state =
            own.map { self.has($0.element, volume) ? PlacedVolume.State.present : .taken($0.offset) } ?? .missing
        if state != .present { add(volume, named: volume.name) }
        return PlacedVolume(volume: volume, name: volume.name, state: state)
    }

    private mutating func add(_ volume: InjectedVolume, named name: String) {
        added.append((name, volume))
        if !contents.isEmpty { contents[name] = nil }
    }

    /// Whether a volume of the pod contains everything to inject. Only its files show that a token has no audience,
    /// because an empty audience is not written.
    private func has(_ own: JSONValue, _ volume: InjectedVolume) -> Bool {
        own.includes(volume) && Content(own, ignoringCase: ignoringCase).has(volume)
    }

    /// Whether the pod already has the volume, under any name.
    mutating func has(_ volume: InjectedVolume) -> Bool {
        guard volume.policy == .replace else { return findName(for: volume).exists }
        return list?.elements.first { $0.isNamed(volume.name) }.map { has($0, volume) } ?? false
    }

    /// The name under which the pod has the volume, or under which it could be added.
    mutating func name(of volume: InjectedVolume) -> String { findName(for: volume).name }

    /// - Returns: The name, and whether the pod has the volume.
    private mutating func findName(for volume: InjectedVolume) -> (name: String, exists: Bool) {
        guard isTaken(volume.name) else { return (volume.name, false) }
        if content(of: volume.name)?.has(volume) ?? false { return (volume.name, true) }
        var number = 2
        while true {
            let suffix = "-\(number)"
            let name = String(volume.name.prefix(Self.maximumName - suffix.count)) + suffix
            guard let content = content(of: name) else { return (name, false) }
            if content.has(volume) { return (name, true) }
            number += 1
        }
    }

    private func isTaken(_ name: String) -> Bool {
        if !added.isEmpty, added.contains(where: { $0.name == name }) { return true }
        if let byName { return byName[name] != nil }
        return list?.elements.contains { $0.isNamed(name) } ?? false
    }

    /// The maximum length of a volume's name (`core/v1` Volume: a DNS label).
    private static let maximumName = 63

    /// The content of the volume; nil if there is none with this name.
    mutating func content(of name: String) -> Content? {
        if let content = contents[name] { return content }
        let content: Content
        if let volume = added.first(where: { $0.name == name })?.volume {
            content = Content(volume, ignoringCase: ignoringCase)
        } else {
            if byName == nil { byName = Self.index(list) }
            guard let volume = byName?[name] else { return nil }
            content = Content(volume, ignoringCase: ignoringCase)
        }
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
    /// - Parameter volume: A `core/v1` Volume.
    fileprivate init(_ volume: JSONValue, ignoringCase: Bool) {
        self.ignoringCase = ignoringCase
        isReadOnly =
            ["configMap", "secret", "downwardAPI", "projected", "image"].contains { volume.member($0)?.kind == .object }
            || volume.members.contains { $0.value["readOnly"]?.bool ?? false }
        isEmptyFolder = volume["emptyDir"]?.kind == .object
        let mode = volume["projected"]?["defaultMode"] ?? volume["downwardAPI"]?["defaultMode"]
        self.mode = mode?.int.flatMap { Int(exactly: $0) }
        if let source = volume["downwardAPI"] { addFields(of: source) }
        guard let sources = volume["projected"]?["sources"] else { return }
        for source in sources.elements {
            if let token = source["serviceAccountToken"] {
                add(.token(audience: token["audience"]?.string ?? ""), at: token["path"])
            }
            if let fields = source["downwardAPI"] { addFields(of: fields) }
            if let map = source["configMap"], let name = map["name"]?.string {
                map["items"]?.elements.forEach { add(.value(of: name, key: $0["key"]?.string ?? ""), at: $0["path"]) }
            }
            if let bundle = source["clusterTrustBundle"] {
                add(.trustBundle(signerName: bundle["signerName"]?.string ?? ""), at: bundle["path"])
            }
        }
    }

    private mutating func addFields(of source: JSONValue) {
        source["items"]?.elements.forEach { add(.field($0["fieldRef"]?["fieldPath"]?.string ?? ""), at: $0["path"]) }
    }

    private mutating func add(_ file: VolumeFile, at path: JSONValue?) {
        if let path = path?.string { add(file, at: GoSyntax.cleanPath(path)) }
    }

    private mutating func add(_ file: VolumeFile, at path: String) {
        files[ignoringCase ? path.lowercased() : path] = file
    }

    /// - Parameter volume: A volume that is added to the pod.
    fileprivate init(_ volume: InjectedVolume, ignoringCase: Bool) {
        self.ignoringCase = ignoringCase
        if case .empty = volume.content {
            isEmptyFolder = true
        } else {
            isReadOnly = true
            for (path, file) in volume.files { add(file, at: path) }
        }
    }
}

extension JSONValue {
    /// Whether a volume or a container has this name.
    func isNamed(_ name: String) -> Bool { self["name"]?.text.map { $0 == name } ?? false }

    /// Whether this volume is the one to inject, apart from what the API server adds to it.
    fileprivate func includes(_ volume: InjectedVolume) -> Bool {
        var writer = JSONWriter()
        volume.write(named: volume.name, to: &writer)
        return (try? JSONTree(parsing: writer.bytes)).map(includes) ?? false
    }
}
