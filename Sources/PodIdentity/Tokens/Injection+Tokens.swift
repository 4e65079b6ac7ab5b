internal import JSON

/// A container's variables and mounts, its own and those that are injected.
struct ContainerOutcome {
    let environment: ContainerEnvironment
    var mounts: [ContainerMount]
}

extension Injection {
    /// Finds what prevents a container from reaching its token.
    ///
    /// - Returns: Nil if the container, according to its own environment, reaches the token.
    func obstacle(for container: ContainerOutcome, _ search: inout TokenSearch) -> TokenObstacle? {
        let variables = identityVariables.filter { !isFileVariable($0) }
        let ofVariables = variables.lazy.compactMap { obstacle(of: $0, in: container.environment) }.first
        guard let ofVariables else { return fileObstacle(for: container, &search) }
        // Owners who set their own variables may intend to, but a container that relies on the injected token must
        // reach it.
        guard ofVariables.reason.severity < .lost, namesFileGiven(container.environment) else { return ofVariables }
        let ofFile = fileObstacle(for: container, &search)
        return ofFile.map { $0.reason.severity > ofVariables.reason.severity ? $0 : ofVariables } ?? ofVariables
    }

    /// Whether a variable of the container contains the path of a file from this injection.
    private func namesFileGiven(_ environment: ContainerEnvironment) -> Bool {
        files.lazy.compactMap(\.variable).contains { variable in
            guard case .text(let text) = environment.value(of: variable) else { return false }
            return values(of: variable).contains(text)
        }
    }

    /// As `obstacle(for:_:)`, but regardless of the other variables of the identity.
    func fileObstacle(for container: ContainerOutcome, _ search: inout TokenSearch) -> TokenObstacle? {
        var worst: TokenObstacle?
        for file in files {
            guard let found = obstacle(of: file, for: container, &search) else { continue }
            if found.reason.severity == .lost { return found }
            worst = worst ?? found
        }
        return worst
    }

    private func obstacle(
        of file: IdentityFile,
        for container: ContainerOutcome,
        _ search: inout TokenSearch
    ) -> TokenObstacle? {
        guard let mount = mounts.first(where: { $0.volume == file.volume }), let wanted = content(of: file, &search)
        else {
            return nil
        }
        guard let variable = file.variable else {
            return obstacle("\(mount.path)/\(file.path)", wanted, container.mounts, isGiven: true, &search)
        }
        switch container.environment.value(of: variable) {
        case .absent, .text(""): return .missingVariable(variable)
        case .unknown: return .otherValue(of: variable, nil)
        case .text(let text):
            let isGiven = values(of: variable).contains(text)
            return obstacle(text, wanted, container.mounts, isGiven: isGiven, &search)
        }
    }

    /// The content of the file; nil if its volume does not contain it.
    private func content(of file: IdentityFile, _ search: inout TokenSearch) -> VolumeFile? {
        guard let volume = volumes.first(where: { $0.name == file.volume }) else { return nil }
        guard case .empty = volume.content else { return volume.file(at: file.path) }
        return .made(in: search.volumes.name(of: volume))
    }

    /// The paths at which a container finds the files that it needs in a mount.
    func paths(in mount: InjectedMount) -> [String] {
        files.filter { $0.volume == mount.volume }.map { "\(mount.path)/\($0.path)" }
    }

    /// The variables that the container itself sets and that take precedence over the identity.
    func overridingVariables(in environment: ContainerEnvironment) -> [String] {
        overridingVariables.filter { environment.setsText($0) }
    }

    /// The warning about a container that sets such variables.
    package func text(ofOverriding names: [String]) -> String {
        "sets \(names.listed), which SDKs use instead of the \(noun)"
    }

    private func obstacle(of variable: String, in environment: ContainerEnvironment) -> TokenObstacle? {
        if environment.isGiven(variable) { return nil }
        switch environment.value(of: variable) {
        case .absent, .text(""): return .missingVariable(variable)
        case .unknown:
            let isWanted = environment.comesFromField(variable, of: self.environment)
            return isWanted ? nil : .otherValue(of: variable, nil)
        case .text(let text): return values(of: variable).contains(text) ? nil : .otherValue(of: variable, text)
        }
    }

    /// The values that this injection gives the variable.
    package func values(of variable: String) -> [String] {
        environment.flatMap(\.variables).filter { $0.name == variable }.compactMap(\.meaning)
    }

    /// - Parameter isGiven: Whether the file's path comes from this injection.
    private func obstacle(
        _ file: String,
        _ wanted: VolumeFile,
        _ mounts: [ContainerMount],
        isGiven: Bool,
        _ search: inout TokenSearch
    ) -> TokenObstacle? {
        func wrongVolume(_ name: String, _ path: String, _ problem: TokenObstacle.WrongVolume.Problem) -> TokenObstacle
        {
            .wrongVolume(.init(name: name, mountPath: path, problem: problem, isInPlaceOfToken: isGiven))
        }
        switch search.follow(search.path(file), mounts) {
        case .found(let found) where found.file == wanted: return nil
        case .foundInPart(let found) where found.file == wanted:
            return wanted.isRenewed ? .notRenewed(mountPath: found.mountPath, isToken: wanted.isToken) : nil
        case .found(let found), .foundInPart(let found):
            guard wanted.isToken else {
                return wrongVolume(found.volume, found.mountPath, .noFile(path: found.path))
            }
            guard case .token(let audience) = found.file else {
                return wrongVolume(found.volume, found.mountPath, .noToken(path: found.path))
            }
            return wrongVolume(found.volume, found.mountPath, .otherAudience(audience))
        case .notMounted: return .notMounted(file: file)
        case .wrongVolume(let name, let path, .noToken(let inVolume)):
            guard wanted.isToken else { return wrongVolume(name, path, .noFile(path: inVolume)) }
            return wrongVolume(name, path, .noToken(path: inVolume))
        case .wrongVolume(let name, let path, let problem): return wrongVolume(name, path, problem)
        case .unknown: return nil
        }
    }
}
