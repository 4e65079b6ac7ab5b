internal import JSON

/// A volume, and where it is mounted in containers.
struct VolumeRules: Equatable, Sendable {
    enum Source: Equatable, Sendable {
        case token(path: String, audience: Template, expiration: Expiration)
        case file(path: String, annotation: String, FileContent)
        case configMap(name: Template, items: [KeyPath], isOptional: Bool?)
        case clusterTrustBundle(TrustBundle)

        /// The paths of the files in the volume.
        var paths: [String] {
            switch self {
            case .token(let path, _, _), .file(let path, _, _): [path]
            case .configMap(_, let items, _): items.map(\.path)
            case .clusterTrustBundle(let bundle): [bundle.path]
            }
        }
    }

    /// The lifetime of a token in seconds.
    enum Expiration: Equatable, Sendable {
        case seconds(Int64)
        case parameter(Int)
    }

    struct KeyPath: Equatable, Sendable {
        var key: String
        var path: String
    }

    struct TrustBundle: Equatable, Sendable {
        var signerName: Template
        var matchLabels: [MetadataRules.Entry] = []
        var path: String
        /// Nil for Kubernetes' default, which is false.
        var isOptional: Bool?
    }

    struct ConditionalSource: Equatable, Sendable {
        var source: Source
        var condition = Condition()
    }

    var name: String
    /// Whether a hash of the pod's name is appended to the name.
    var hasPodHash = false
    /// The folder on Linux.
    var mount: String
    /// The path of the only file. Its folder replaces `mount`, and its name that of the file in the volume.
    var mountFile: Template?
    /// The permissions of its files; nil for Kubernetes' default.
    var mode: Int?
    var replaces = false
    var isWritable = false
    /// Empty for an empty volume.
    var sources: [ConditionalSource] = []
    var condition = Condition()
}

/// A file made from the profile.
struct FileContent: Equatable, Sendable {
    enum Format: String, CaseIterable, Sendable { case json, toml, ini, properties }

    /// A value in which members and elements with empty holes are left out.
    indirect enum Node: Equatable, Sendable {
        /// `true`, `false`, `null` or a number in the syntax of JSON.
        case literal(String)
        case text(Template)
        case list([Node])
        case object([Member])
    }

    struct Member: Equatable, Sendable {
        var key: String
        var value: Node
    }

    var format: Format
    var root: [Member]
}
