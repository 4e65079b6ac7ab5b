internal import GoSyntax
internal import JSON
internal import KubernetesObjects
internal import PodIdentity
internal import ProviderSupport

extension IRSAProvider {
    /// The roles of a pod's containers and the settings that come with them.
    struct Role {
        /// The role of each container that `containers` does not name; empty if these get none.
        let arn: String
        /// The containers with a role of their own; the role is empty if the container gets none.
        var containers: [(container: String, arn: String)] = []
        /// The annotation or field that names the role, for warnings.
        let source: String
        /// As `source`, for the roles of `containers`.
        var containersSource = ""
        let audience: String
        let usesRegionalSTS: Bool
        /// The lifetime of tokens for pods that do not set one.
        let expiration: TokenExpiration
        var warnings: Warnings = []

        /// The names of all roles, for human readers.
        var identity: String {
            guard !containers.isEmpty else { return arn }
            let own = containers.lazy.filter { !$0.arn.isEmpty }.map { "\($0.container)=\($0.arn)" }
            return ((arn.isEmpty ? [] : [arn]) + own).joined(separator: ", ").cut(to: Annotations.maximumValue)
        }

        /// What is wrong with the roles' ARNs, the cause first, and where each one comes from.
        var malformations: [(text: String, source: String)] {
            let own = containers.map { ($0.arn, "\(containersSource) for the container \($0.container)") }
            return ([(arn, source)] + own).compactMap { arn, source in
                guard !arn.isEmpty, let problem = RoleARN.problem(in: arn) else { return nil }
                return ("\(problem): \"\(arn.escaped.cut(to: 60))\"", source)
            }
        }
    }

    /// The roles of individual containers; nil if the annotations name none, or cannot be parsed, in which case there
    /// are `warnings`.
    func containerRoles(of annotations: Annotations, warnings: inout Warnings) -> ContainerRoles? {
        guard let text = annotations[keys.containerRoles], !text.withoutSurroundingWhitespace.isEmpty else {
            return nil
        }
        return ContainerRoles(text, source: keys.containerRoles, warnings: &warnings)
    }

    func role(
        of annotations: Annotations,
        _ containers: ContainerRoles?,
        on owner: String = "the ServiceAccount"
    ) -> Role? {
        let text = annotations[roleARN]?.withoutSurroundingWhitespace ?? ""
        let own = containers?.entries ?? []
        guard !text.isEmpty || !own.isEmpty else { return nil }
        var warnings: Warnings = []
        let audience = audience(of: annotations, warnings: &warnings)
        return Role(
            arn: arn(text),
            containers: own.map { ($0.container, arn($0.role)) },
            source: roleARN,
            containersSource: keys.containerRoles,
            audience: audience,
            usesRegionalSTS: annotations[keys.regionalSTS].flatMap(GoSyntax.parseBool) ?? settings.usesRegionalSTS,
            expiration: keys.expiration(of: annotations, on: owner, warnings: &warnings) ?? settings.tokenExpiration,
            warnings: warnings
        )
    }

    /// The ARN of a role that may be given by name.
    private func arn(_ text: String) -> String {
        text.isEmpty ? text : settings.roleComposition?.roleARN(text) ?? text
    }

    /// The audience that the annotations set; empty for the default.
    func audience(of annotations: Annotations, warnings: inout Warnings) -> String {
        guard let text = annotations[audience] else { return "" }
        guard !Annotations.isCut(text) else {
            warnings.append("longer than \(Annotations.maximumValue) bytes and ignored: \(audience)")
            return ""
        }
        return text.withoutSurroundingWhitespace
    }

    /// The role from the ConfigMap. Its entry replaces all settings of the ServiceAccount.
    func role(of account: NamespacedName, _ inputs: DecisionInputs) -> Role? {
        let entries: ConfigMapEntries? = configMap.flatMap { inputs.configurations.value(at: $0.place) }
        guard let entry = entries?.entry(for: account), !entry.roleARN.isEmpty else {
            return nil
        }
        return Role(
            arn: entry.roleARN,
            source: "RoleARN in the ConfigMap \(ConfigMapEntries.name)",
            audience: entry.audience,
            usesRegionalSTS: entry.usesRegionalSTS,
            expiration: entry.expiration ?? settings.tokenExpiration
        )
    }
}
