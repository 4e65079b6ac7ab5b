internal import GoSyntax

/// The content of a file in a volume.
enum VolumeFile: Equatable, Sendable {
    /// A service account token for an audience.
    case token(audience: String)
    /// The value of one of the pod's fields.
    case field(String)
    /// A value from a ConfigMap.
    case value(of: String, key: String)
    /// The certificates of a signer.
    case trustBundle(signerName: String)
    /// A file that a container of the pod writes into the volume with this name, which is initially an empty folder.
    case made(in: String)

    var isToken: Bool { if case .token = self { true } else { false } }

    /// Whether a container also needs later contents of the file. The fields of a pod do not change.
    var isRenewed: Bool { if case .field = self { false } else { true } }
}

extension InjectedVolume {
    /// The files of the volume, by their clean paths within it.
    var files: [(path: String, file: VolumeFile)] {
        switch content {
        case .empty: []
        case .downwardAPI(let fields): fields.files
        case .projected(let sources): sources.flatMap(\.files)
        }
    }

    /// The content of the file at a path; nil if the volume does not contain one.
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
