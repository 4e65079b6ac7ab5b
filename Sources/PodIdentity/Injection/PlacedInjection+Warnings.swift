internal import GoSyntax
internal import JSON

extension PlacedInjection {
    /// Warns of what keeps the identity from being used although the container reaches its token.
    mutating func warn(of container: String, _ environment: ContainerEnvironment) {
        warnOfOverridingVariables(container, environment)
        warnOfRequirements(container, environment)
        warnOfProxy(container, environment)
    }

    private mutating func warnOfOverridingVariables(_ container: String, _ environment: ContainerEnvironment) {
        let overriding = injection.overridingVariables(in: environment)
        guard !overriding.isEmpty else { return }
        warnings.append(
            "its own \(overriding.joined(separator: ", ")) is used instead of the identity given",
            container
        )
    }

    private mutating func warnOfRequirements(_ container: String, _ environment: ContainerEnvironment) {
        for requirement in injection.requirements {
            guard environment.value(of: requirement.name) == .text(requirement.value),
                requirement.needsOneOf.allSatisfy({ [.absent, .text("")].contains(environment.value(of: $0)) })
            else { continue }
            let names = requirement.needsOneOf.joined(separator: " nor ")
            warnings.append("\(requirement.name)=\(requirement.value), but neither \(names) is set", container)
        }
    }

    /// Most HTTP clients call every address through the proxy that these variables name, except those in `NO_PROXY`.
    private mutating func warnOfProxy(_ container: String, _ environment: ContainerEnvironment) {
        guard let server = injection.directServer else { return }
        func texts(_ names: [String]) -> [String] {
            names.compactMap {
                if case .text(let text) = environment.value(of: $0), !text.isEmpty { text } else { nil }
            }
        }
        guard !texts(["HTTP_PROXY", "http_proxy"]).isEmpty else { return }
        let exceptions = ["NO_PROXY", "no_proxy"]
        guard !exceptions.contains(where: { environment.value(of: $0) == .unknown }),
            !texts(exceptions).contains(where: { NoProxy($0).contains(host: server.host, port: server.port) })
        else { return }
        warnings.append(
            "HTTP_PROXY is set, but NO_PROXY does not name \(server.host), which gives credentials",
            container
        )
    }

    /// The runtime makes the folder for a mount in the mount above it, which fails if that is read-only.
    mutating func warnOfReadOnlyMounts(_ container: String, _ mounts: [ContainerMount], _ search: TokenSearch) {
        var search = search
        for wanted in injection.mounts {
            let path = search.path(wanted.path)
            guard mounts.contains(where: { $0.path == path }) else { continue }
            if let mount = mounts.filter({ $0.path.isAbove(path) }).max(by: { $0.path.isAbove($1.path) }),
                mount.isReadOnly || search.volumes.content(of: mount.volume)?.isReadOnly ?? false
            {
                let text = mount.text.cut(to: Self.maximumPath)
                warnings.append("read-only mount \(text) above the token's: \(Self.readOnly)", container)
            }
            for mount in mounts {
                if path.isAbove(mount.path), !wanted.isWritable,
                    !injection.paths(in: wanted).contains(where: { search.path($0) == mount.path })
                {
                    let text = mount.text.cut(to: Self.maximumPath)
                    warnings.append("mount \(text) is below the token's read-only mount: \(Self.readOnly)", container)
                }
            }
        }
    }

    private static let readOnly = "the runtime may fail with \"read-only file system\""
    /// The length in bytes at which a path is cut.
    private static let maximumPath = 80

    /// Warns of an ephemeral container that may not read the token's file.
    ///
    /// If all other containers run as one user, the kubelet gives the file to that user, with mode 0600. With an `fsGroup`
    /// the group can read it, too.
    mutating func warnOfTokenMode(_ container: ContainerView, in pod: PodView, isOnWindows: Bool) {
        guard !injection.isAcknowledged(container.name), !injection.leavesAlone(container.name),
            !isOnWindows, injection.volumes.contains(where: { !$0.tokens.isEmpty }), let owner = pod.commonUser,
            pod.fsGroup == nil,
            let user = pod.user(of: container), user != owner,
            user != 0 || container.dropsFileCapabilities
        else { return }
        warnings.append(
            "user \(user) may not read the token, whose file is user \(owner)'s with mode 0600: set runAsUser: \(owner)",
            container.name
        )
    }
}
