internal import PodIdentity

/// A volume that a pod gets, and where it is mounted in containers.
struct PlacedVolume {
    var name: String
    /// In the form for Linux.
    var mountPath: String
    /// Empty for an empty volume.
    var sources: [InjectedVolume.Source] = []
    /// The paths of the files in it, by the paths in the profile.
    var files: [String: String] = [:]
}

/// The places of a pod's volumes.
struct VolumePlaces {
    /// By the indices of the volumes; nil for a volume that is left out.
    var volumes: [PlacedVolume?] = []
    let isForWindows: Bool

    /// The path of a file; nil if there is no such file.
    func path(of file: String, in volume: Int) -> String? {
        guard let volume = volumes[volume], let path = volume.files[file] else { return nil }
        return shown(volume.mountPath + "/" + path)
    }

    func folder(_ volume: Int) -> String? { volumes[volume].map { shown($0.mountPath) } }

    private func shown(_ path: String) -> String { isForWindows ? MountPath.onWindows(path) : path }
}

extension InjectedVolume.Source {
    /// The paths of the files in the volume.
    var paths: [String] {
        switch self {
        case .token(let token): [token.path]
        case .fields(let fields): fields.map(\.path)
        case .configMap(let map): map.items.map(\.path)
        case .trustBundle(let bundle): [bundle.path]
        }
    }
}
