/// A file that a container can read through a mount.
struct MountedFile: Equatable, Sendable {
    /// The path at which the container mounts the volume.
    let mountPath: String
    let volume: String
    /// The path of the file in the volume.
    let path: String
    let file: VolumeFile
}
