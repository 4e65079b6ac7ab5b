internal import JSON

/// A container's variables and mounts, its own and those that it is given.
struct ContainerOutcome {
    let environment: ContainerEnvironment
    var mounts: [ContainerMount]
}

extension Injection {
    /// Finds what keeps a container from its token.
    ///
    /// - Returns: nil if the container, following its own environment, reaches the token.
    func obstacle(for container: ContainerOutcome, _ search: inout TokenSearch) -> TokenObstacle? {
        let variables = identityVariables.filter { $0 != tokenFileVariable }
        let ofVariables = variables.lazy.compactMap { obstacle(of: $0, in: container.environment) }.first
        guard let ofVariables else { return tokenObstacle(for: container, &search) }
        // Whoever sets variables of their own may mean it, but one who counts on the token given needs it.
        guard ofVariables.reason.severity < .lost, namesTokenGiven(container.environment) else { return ofVariables }
        let ofToken = tokenObstacle(for: container, &search)
        return ofToken.map { $0.reason.severity > ofVariables.reason.severity ? $0 : ofVariables } ?? ofVariables
    }

    /// Whether the container's variable has the path of the token that this injection gives.
    private func namesTokenGiven(_ environment: ContainerEnvironment) -> Bool {
        guard let variable = tokenFileVariable, case .text(let text) = environment.value(of: variable) else {
            return false
        }
        return values(of: variable).contains(text)
    }

    /// As `obstacle(for:_:)`, but whatever the other variables of the identity say.
    func tokenObstacle(for container: ContainerOutcome, _ search: inout TokenSearch) -> TokenObstacle? {
        guard let variable = tokenFileVariable else {
            for mount in mounts {
                guard let token = token(of: mount) else { continue }
                let file = "\(mount.path)/\(token.path)"
                if let obstacle = obstacle(file, token, container.mounts, isGiven: true, &search) { return obstacle }
            }
            return nil
        }
        switch container.environment.value(of: variable) {
        case .absent, .text(""): return .missingVariable(variable)
        case .unknown: return .otherValue(of: variable, nil)
        case .text(let text):
            guard let mount = mounts.first, let token = token(of: mount) else { return nil }
            let isGiven = values(of: variable).contains(text)
            return obstacle(text, token, container.mounts, isGiven: isGiven, &search)
        }
    }

    /// The variables that the container itself sets and that are used instead of the identity.
    func overridingVariables(in environment: ContainerEnvironment) -> [String] {
        overridingVariables.filter { environment.setsText($0) }
    }

    /// The token in the volume of a mount.
    func token(of mount: TokenMount) -> ProjectedTokenVolume? { volumes.first { $0.name == mount.volume } }

    private func obstacle(of variable: String, in environment: ContainerEnvironment) -> TokenObstacle? {
        switch environment.value(of: variable) {
        case .absent, .text(""): return .missingVariable(variable)
        case .unknown: return .otherValue(of: variable, nil)
        case .text(let text): return values(of: variable).contains(text) ? nil : .otherValue(of: variable, text)
        }
    }

    /// The values that this injection gives the variable.
    package func values(of variable: String) -> [String] {
        environment.flatMap(\.variables).filter { $0.name == variable }.map(\.value)
    }

    /// - Parameter isGiven: Whether the path of the file comes from this injection.
    private func obstacle(
        _ file: String,
        _ token: ProjectedTokenVolume,
        _ mounts: [ContainerMount],
        isGiven: Bool,
        _ search: inout TokenSearch
    ) -> TokenObstacle? {
        switch search.follow(search.path(file), mounts) {
        case .found(let found) where found.audience == token.audience: return nil
        case .foundInPart(let found) where found.audience == token.audience:
            return .notRenewed(mountPath: found.mountPath)
        case .found(let found), .foundInPart(let found):
            return .wrongVolume(
                .init(
                    name: found.volume,
                    mountPath: found.mountPath,
                    problem: .otherAudience(found.audience),
                    isInPlaceOfToken: isGiven
                )
            )
        case .notMounted: return .notMounted(file: file)
        case .wrongVolume(let name, let mountPath, let problem):
            return .wrongVolume(
                .init(name: name, mountPath: mountPath, problem: problem, isInPlaceOfToken: isGiven)
            )
        case .unknown: return nil
        }
    }
}
