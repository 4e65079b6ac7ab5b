internal import JSON

/// A service account token that a container reaches.
package struct MountedToken: Equatable, Sendable {
    /// The path at which the container mounts the volume.
    package let mountPath: String
    package let volume: String
    /// The path of the token's file in the volume.
    package let path: String
    package let audience: String
}

extension PodView {
    /// The containers that reach a service account token by following the path in a variable. A volume of which only a part
    /// is mounted (`subPath`) does not count: ephemeral containers cannot have such mounts, and the kubelet does not renew
    /// the token in them.
    package func tokens(through variable: String) -> [(container: ContainerView, token: MountedToken)] {
        var search = TokenSearch(in: self, isOnWindows: isForWindows)
        return containers.compactMap { container in
            guard let file = container.value(of: variable) else { return nil }
            guard case .found(let token) = search.follow(search.path(file), search.mounts(of: container)) else {
                return nil
            }
            return (container, token)
        }
    }
}
