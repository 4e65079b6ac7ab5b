internal import JSON

extension PodView {
    private var securityContext: JSONValue? { spec["securityContext"] }

    /// The group of the pod's volumes; nil if there is none (`core/v1` PodSecurityContext).
    var fsGroup: Int64? { securityContext?["fsGroup"]?.int }

    /// The user of containers that do not specify one; nil if their images decide.
    package var defaultUser: Int64? { securityContext?["runAsUser"]?.int }

    /// The user that a container runs as; nil if its image decides (`core/v1` SecurityContext).
    package func user(of container: ContainerView) -> Int64? {
        container.value["securityContext"]?["runAsUser"]?.int ?? defaultUser
    }

    /// The groups of a container's processes; nil if its image determines the first of them.
    func groups(of container: ContainerView) -> [Int64]? {
        let own = container.value["securityContext"]?["runAsGroup"]?.int
        guard let first = own ?? securityContext?["runAsGroup"]?.int else { return nil }
        return [first] + (securityContext?["supplementalGroups"]?.elements.compactMap(\.int) ?? [])
    }

    /// The user that all containers, except ephemeral ones, run as; nil if there are several, or if an image decides.
    var commonUser: Int64? {
        guard let first = containers.first, let user = user(of: first) else { return nil }
        return containers.allSatisfy { self.user(of: $0) == user } ? user : nil
    }
}

extension ContainerView {
    /// Whether root in this container has lost the right to read every file (`CAP_DAC_OVERRIDE`, which container
    /// runtimes grant by default).
    var dropsFileCapabilities: Bool {
        func names(_ field: StaticString) -> [String] {
            value["securityContext"]?["capabilities"]?[field]?.elements.compactMap { $0.string?.uppercased() } ?? []
        }
        let capabilities: Set = ["DAC_OVERRIDE", "CAP_DAC_OVERRIDE", "DAC_READ_SEARCH", "CAP_DAC_READ_SEARCH", "ALL"]
        return !capabilities.isDisjoint(with: names("drop")) && capabilities.isDisjoint(with: names("add"))
    }
}
