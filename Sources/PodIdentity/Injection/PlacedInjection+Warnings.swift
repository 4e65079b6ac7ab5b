internal import GoSyntax
internal import JSON

extension PlacedInjection {
    /// Warns about anything that prevents the identity from being used even though the container reaches its token.
    func warn(of container: String, _ environment: ContainerEnvironment) {
        warnOfOverridingVariables(container, environment)
        warnOfRequirements(container, environment)
        warnOfProxy(container, environment)
    }

    /// Tells the owner of a container, once, that its own credentials are replaced.
    func warnOfReplacedVariables(
        _ container: String,
        _ environment: ContainerEnvironment,
        _ replaced: ArraySlice<ContainerEnvironment.Replacement>
    ) {
        guard !replaced.isEmpty, !injection.isAcknowledged(container) else { return }
        let names = injection.identityVariables.filter { name in
            replaced.contains { replacement in
                let own = environment.own[replacement.place]
                let hadValue = own.entry["valueFrom"] != nil || !(own.value?.isEmpty ?? true)
                return replacement.variable.name == name && hadValue
            }
                && environment.value(of: name)
                    == replaced.first { $0.variable.name == name }?.variable.meaning.map { .text($0) }
        }
        guard !names.isEmpty else { return }
        let values = names.count == 1 ? "value" : "values"
        warnings.append("sets \(names.listed), whose \(values) the webhook replaces", container)
    }

    private func warnOfOverridingVariables(_ container: String, _ environment: ContainerEnvironment) {
        let overriding = injection.overridingVariables(in: environment)
        guard !overriding.isEmpty else { return }
        warnings.append(injection.text(ofOverriding: overriding), container)
    }

    private func warnOfRequirements(_ container: String, _ environment: ContainerEnvironment) {
        for warning in injection.unmetRequirements(of: environment) { warnings.append(warning, container) }
    }

    /// Most HTTP clients call every address through the proxy that these variables name, except those in `NO_PROXY`.
    private func warnOfProxy(_ container: String, _ environment: ContainerEnvironment) {
        guard let server = injection.directServer else { return }
        func texts(_ names: [String]) -> [String] {
            names.compactMap {
                if case .text(let text) = environment.value(of: $0), !text.isEmpty { text } else { nil }
            }
        }
        guard !texts(Injection.usedProxies).isEmpty else { return }
        let exceptions = Injection.proxyExceptions
        guard !exceptions.contains(where: { environment.value(of: $0) == .unknown }),
            !texts(exceptions).contains(where: { NoProxy($0).contains(host: server.host, port: server.port) })
        else { return }
        warnings.append(
            "HTTP_PROXY is set, but NO_PROXY does not list \(server.host), which provides credentials",
            container
        )
    }

    /// Warns about mounts within read-only mounts: the runtime creates the folder for a mount in the mount above it,
    /// which fails if that is read-only.
    func warnOfReadOnlyMounts(_ container: String, _ mounts: [ContainerMount], _ search: TokenSearch) {
        var search = search
        for wanted in injection.mounts {
            let path = search.path(wanted.path)
            guard mounts.contains(where: { $0.path == path }) else { continue }
            if let mount = mounts.filter({ $0.path.isAbove(path) }).max(by: { $0.path.isAbove($1.path) }),
                mount.isReadOnly || search.volumes.content(of: mount.volume)?.isReadOnly ?? false
            {
                let text = mount.text.cut(to: Self.maximumPath)
                let lower = hasToken(wanted) ? "the token's" : wanted.path.cut(to: Self.maximumPath)
                warnings.append("read-only mount \(text) above \(lower): \(Self.readOnly)", container)
            }
            for mount in mounts {
                if path.isAbove(mount.path), !wanted.isWritable,
                    !injection.paths(in: wanted).contains(where: { search.path($0) == mount.path })
                {
                    let text = mount.text.cut(to: Self.maximumPath)
                    let upper =
                        hasToken(wanted)
                        ? "the token's read-only mount" : "the read-only mount \(wanted.path.cut(to: Self.maximumPath))"
                    warnings.append("mount \(text) is below \(upper): \(Self.readOnly)", container)
                }
            }
        }
    }

    private func hasToken(_ mount: InjectedMount) -> Bool {
        injection.volumes.contains { $0.name == mount.volume && !$0.tokens.isEmpty }
    }

    private static let readOnly = "the runtime may fail with \"read-only file system\""
    /// The maximum length of a path in bytes; longer ones are cut.
    private static let maximumPath = 80

    /// Warns about a container that is not permitted to read the files of its identity, in volumes that have modes of
    /// their own.
    func warnOfFileModes(_ container: ContainerView, in pod: PodView, isOnWindows: Bool) {
        guard injection.volumes.contains(where: { $0.mode != nil }), !isOnWindows,
            !injection.isAcknowledged(container.name), !injection.leavesAlone(container.name), pod.fsGroup == nil,
            let user = pod.user(of: container), let groups = pod.groups(of: container)
        else { return }
        let hasOwner = tokenOwner(in: pod) != nil
        let files = injection.files.filter { file in
            injection.volumes.first { $0.name == file.volume }?
                .isClosed(file.path, to: user, groups, isTokenOwned: hasOwner) ?? false
        }
        guard !files.isEmpty else { return }
        let names = files.map { "\($0.path) of the volume \($0.volume)" }.joined(separator: " and ")
        warnings.append(
            "user \(user) cannot read \(names), owned by root: set fsGroup in the pod's securityContext",
            container.name
        )
    }

    /// The user who owns token files: the kubelet gives them, with mode 0600 whatever the volume says, to the user that
    /// all containers run as, including those that the injection adds. Other files belong to root.
    private func tokenOwner(in pod: PodView) -> Int64? {
        guard let user = pod.commonUser else { return nil }
        return injection.containers.allSatisfy { ($0.user ?? pod.defaultUser) == user } ? user : nil
    }

    /// Warns about an ephemeral container that is not permitted to read the token file.
    ///
    /// If all other containers run as one user, the kubelet gives the file to that user, with mode 0600. With an
    /// `fsGroup`, the group can read it, too.
    func warnOfTokenMode(_ container: ContainerView, in pod: PodView, isOnWindows: Bool) {
        guard !injection.isAcknowledged(container.name), !injection.leavesAlone(container.name),
            !isOnWindows, injection.volumes.contains(where: { !$0.tokens.isEmpty }), let owner = pod.commonUser,
            pod.fsGroup == nil,
            let user = pod.user(of: container), user != owner,
            user != 0 || container.dropsFileCapabilities
        else { return }
        warnings.append(
            "user \(user) cannot read the token, whose file belongs to user \(owner) with mode 0600: set runAsUser: \(owner)",
            container.name
        )
    }
}

extension InjectedVolume {
    /// Whether a user in these groups cannot read a file of the volume, which belongs to root if the pod has no
    /// `fsGroup`.
    ///
    /// - Parameter isTokenOwned: Whether the kubelet gives token files to the single user that the containers run as.
    fileprivate func isClosed(_ path: String, to user: Int64, _ groups: [Int64], isTokenOwned: Bool) -> Bool {
        guard let mode, user != 0 else { return false }
        if isTokenOwned, case .token = file(at: path) { return false }
        if mode & 0o004 != 0 { return false }
        return mode & 0o040 == 0 || !groups.contains(0)
    }
}

extension InjectedContainer {
    /// The user that the container specifies.
    fileprivate var user: Int64? {
        guard case .literal(let text)? = container[path: ["securityContext", "runAsUser"]] else { return nil }
        return Int64(text)
    }
}

extension Injection {
    static let usedProxies = ["HTTP_PROXY", "http_proxy"]
    static let proxyExceptions = ["NO_PROXY", "no_proxy"]
    /// The variables that matter to clients that call a server without a proxy.
    static let proxyVariables = usedProxies + proxyExceptions

    /// What a container would also have to set to use the identity.
    func unmetRequirements(of environment: ContainerEnvironment) -> [String] {
        requirements.compactMap { requirement in
            guard environment.value(of: requirement.name) == .text(requirement.value),
                requirement.needsOneOf.allSatisfy({ [.absent, .text("")].contains(environment.value(of: $0)) })
            else { return nil }
            let names = requirement.needsOneOf.joined(separator: " nor ")
            return "\(requirement.name)=\(requirement.value), but neither \(names) is set"
        }
    }
}
