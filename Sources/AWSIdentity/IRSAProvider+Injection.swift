internal import GoSyntax
internal import JSON
internal import PodIdentity
internal import ProviderSupport

extension IRSAProvider {
    func inject(_ role: Role, _ pod: PodView, _ annotations: Annotations) -> Decision {
        let malformations = role.malformations
        var warnings: Warnings = []
        for (text, source) in malformations { warnings.append("\(text), in \(source)") }
        let podExpiration = keys.expiration(of: pod, warnings: &warnings)
        if podExpiration == nil { warnings += role.warnings }
        let expiration = podExpiration ?? role.expiration
        // A returned expression is not copied again, as a variable would be.
        return Decision(
            .inject(injection(role, pod, annotations, expiration, malformations.first?.text, &warnings)),
            warnings: warnings
        )
    }

    private func injection(
        _ role: Role,
        _ pod: PodView,
        _ annotations: Annotations,
        _ expiration: TokenExpiration,
        _ malformation: String?,
        _ warnings: inout Warnings
    ) -> Injection {
        var injection = common
        injection.identity = role.identity
        injection.isForWindows = pod.isForWindows
        injection.skippedContainers = keys.skippedContainers(of: pod, annotations, warnings: &warnings)
        injection.acknowledgedContainers = keys.acknowledgedContainers(of: pod, annotations, warnings: &warnings)
        injection.malformation = malformation
        addEnvironment(of: role, pod, annotations, to: &injection)
        if settings.annotatesPods { injection.identityAnnotations = identityAnnotations(of: role) }
        injection.volumes = [
            .token(
                Self.volume,
                audience: role.audience.isEmpty ? settings.tokenAudience : role.audience,
                expirationSeconds: expiration.seconds,
                path: Self.tokenFile
            )
        ]
        return injection
    }

    private func addEnvironment(
        of role: Role,
        _ pod: PodView,
        _ annotations: Annotations,
        to injection: inout Injection
    ) {
        let sessionName = keys.roleSessionName(of: annotations) ?? settings.roleSessionName
        let environment = AWSEnvironment(
            settings,
            usesRegionalSTS: role.usesRegionalSTS,
            sessionName: sessionName.variable(for: pod)
        )
        let file = injection.isForWindows ? tokenPath.onWindows : tokenPath.onLinux
        func groups(_ arn: String) -> [EnvironmentGroup] {
            environment.groups(method: Self.variables, values: [arn, file])
        }
        // A container without the session name is not complete.
        if sessionName == .ofPod { injection.skipContainerIfSet.append([RoleSessionName.variable]) }
        if !role.arn.isEmpty { injection.environment = groups(role.arn) }
        guard !role.containers.isEmpty else { return }
        for (container, arn) in role.containers {
            if arn.isEmpty {
                injection.skippedContainers.insert(container)
            } else {
                injection.ownEnvironments[container] = groups(arn)
            }
        }
        if role.arn.isEmpty { injection.onlyContainers = Set(injection.ownEnvironments.keys) }
    }

    private func identityAnnotations(of role: Role) -> [MetadataEntry] {
        var entries: [MetadataEntry] = []
        if !role.arn.isEmpty { entries.append(MetadataEntry(.addIfAbsent, roleARN, role.arn)) }
        let own = role.containers.filter { !$0.arn.isEmpty }.map { "\($0.container)=\($0.arn)" }
        if !own.isEmpty {
            entries.append(MetadataEntry(.addIfAbsent, keys.containerRoles, own.joined(separator: ",")))
        }
        return entries
    }
}
