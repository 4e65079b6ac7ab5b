internal import GoSyntax
internal import JSON

/// Follows the path of a file in a container to the mount with the longest path above it, to the mounted volume, and to
/// the file in that volume, such as a service account token.
struct TokenSearch {
    let isOnWindows: Bool
    var volumes: PodVolumes

    init(in pod: PodView, isOnWindows: Bool) {
        self.isOnWindows = isOnWindows
        volumes = PodVolumes(of: pod, ignoringCase: isOnWindows)
    }

    enum Result: Equatable {
        case found(MountedFile)
        /// Only a part of the volume is mounted (`subPath`), in which the kubelet does not renew the file (`core/v1`
        /// VolumeMount).
        case foundInPart(MountedFile)
        case notMounted
        case wrongVolume(name: String, mountPath: String, TokenObstacle.WrongVolume.Problem)
        /// The mount's path within the volume depends on a variable.
        case unknown
    }

    func path(_ text: String) -> ContainerPath { ContainerPath(text, isOnWindows: isOnWindows) }

    mutating func follow(_ file: ContainerPath, _ mounts: [ContainerMount]) -> Result {
        var found: (mount: ContainerMount, rest: Substring)?
        for mount in mounts {
            guard let rest = mount.path.relativePath(of: file) else { continue }
            if let other = found {
                if other.rest.utf8.count < rest.utf8.count { continue }
                if other.mount.path == mount.path, other.mount.isMadeAfter(mount) { continue }
            }
            found = (mount, rest)
        }
        guard let (mount, rest) = found else { return .notMounted }
        return find(rest, in: mount)
    }

    /// - Parameter rest: The path of the file relative to the mount, which is empty if the file itself is mounted.
    private mutating func find(_ rest: Substring, in mount: ContainerMount) -> Result {
        guard let content = volumes.content(of: mount.volume) else {
            return .wrongVolume(name: mount.volume, mountPath: mount.text, .missing)
        }
        guard let subPath = mount.subPath else {
            guard content.files.isEmpty else { return .unknown }
            return .wrongVolume(name: mount.volume, mountPath: mount.text, .noToken(path: String(rest)))
        }
        let path = GoSyntax.cleanPath(subPath.isEmpty ? String(rest) : rest.isEmpty ? subPath : "\(subPath)/\(rest)")
        let made = content.isEmptyFolder ? VolumeFile.made(in: mount.volume) : nil
        guard let file = content.file(at: path) ?? made else {
            return .wrongVolume(name: mount.volume, mountPath: mount.text, .noToken(path: path))
        }
        let found = MountedFile(mountPath: mount.text, volume: mount.volume, path: path, file: file)
        return subPath.isEmpty ? .found(found) : .foundInPart(found)
    }
}

/// A mount of a volume in a container.
struct ContainerMount: Equatable {
    /// The index in the container's list; nil if the container does not have the mount yet.
    let index: Int?
    let path: ContainerPath
    /// The path as written.
    let text: String
    let volume: String
    /// The path within the volume that is mounted, which is empty if all of it is mounted; nil if it depends on a
    /// variable.
    let subPath: String?
    let isReadOnly: Bool

    /// Whether the runtime mounts this at the same place after another mount that comes later in the container.
    /// Runtimes sort mounts by the number of elements in their paths.
    func isMadeAfter(_ later: ContainerMount) -> Bool { path.isThroughLink && !later.path.isThroughLink }
}

extension TokenSearch {
    /// The mounts of a container. Those without a path are left out; the API server rejects them.
    func mounts(of container: ContainerView) -> [ContainerMount] {
        guard let list = container.volumeMounts else { return [] }
        return list.elements.enumerated().compactMap { index, mount in
            guard let text = mount["mountPath"]?.string else { return nil }
            let expression = mount["subPathExpr"]?.string ?? ""
            return ContainerMount(
                index: index,
                path: path(text),
                text: text,
                volume: mount["name"]?.string ?? "",
                subPath: expression.contains("$") ? nil : mount["subPath"]?.string ?? expression,
                isReadOnly: mount["readOnly"]?.bool ?? false
            )
        }
    }

    /// A mount that is added to a container.
    ///
    /// - Parameter index: The index in the container's list of the mount that it replaces; nil if it replaces none.
    func mount(_ mount: ContainerPlan.Mount, at index: Int? = nil) -> ContainerMount {
        ContainerMount(
            index: index,
            path: path(mount.path),
            text: mount.path,
            volume: mount.volume,
            subPath: "",
            isReadOnly: !mount.isWritable
        )
    }
}
