internal import GoSyntax

/// What a file in a volume is.
enum VolumeFile: Equatable, Sendable {
    /// A service account token for an audience.
    case token(audience: String)
    /// The value of one of the pod's fields.
    case field(String)
    /// A value of a ConfigMap.
    case value(of: String, key: String)
    /// The certificates of a signer.
    case trustBundle(signerName: String)
    /// What a container of the pod writes into the volume of this name, which is an empty folder at first.
    case made(in: String)

    var isToken: Bool { if case .token = self { true } else { false } }

    /// Whether a container needs what the file becomes later, too. The fields of a pod stay.
    var isRenewed: Bool { if case .field = self { false } else { true } }
}

extension InjectedVolume {
    /// The files of the volume, by their clean paths in it.
    var files: [(path: String, file: VolumeFile)] {
        switch content {
        case .empty: []
        case .downwardAPI(let fields): fields.files
        case .projected(let sources): sources.flatMap(\.files)
        }
    }

    /// What the file at a path is; nil if the volume does not come with one.
    func file(at path: String) -> VolumeFile? {
        let path = GoSyntax.cleanPath(path)
        return files.first { $0.path == path }?.file
    }
}

extension InjectedVolume.Source {
    fileprivate var files: [(path: String, file: VolumeFile)] {
        switch self {
        case .token(let token): [(GoSyntax.cleanPath(token.path), .token(audience: token.audience))]
        case .fields(let fields): fields.files
        case .configMap(let map):
            map.items.map { (GoSyntax.cleanPath($0.path), .value(of: map.name, key: $0.key)) }
        case .trustBundle(let bundle): [(GoSyntax.cleanPath(bundle.path), .trustBundle(signerName: bundle.signerName))]
        }
    }
}

extension [InjectedVolume.Field] {
    fileprivate var files: [(path: String, file: VolumeFile)] {
        map { (GoSyntax.cleanPath($0.path), .field($0.fieldPath)) }
    }
}
