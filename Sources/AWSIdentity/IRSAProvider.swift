internal import GoSyntax
internal import JSON
internal import KubernetesObjects
package import PodIdentity
internal import ProviderSupport

/// IAM roles for service accounts: the pod gets a token that it exchanges for the role's credentials with
/// `sts:AssumeRoleWithWebIdentity`. The AWS SDKs do so by themselves when they find the two variables.
///
/// The role comes from the ServiceAccount's annotation, or else from the ConfigMap, which is also used for an account that
/// is not known yet or does not exist, or else from the Namespace's annotation if those count.
package struct IRSAProvider: IdentityProvider {
    private static let method = "sts_web_identity"
    private static let variables = ["AWS_ROLE_ARN", "AWS_WEB_IDENTITY_TOKEN_FILE"]
    private static let volume = "aws-iam-token"
    private static let tokenFile = "token"

    private let settings: AWSSettings
    private let roleARN: String
    private let audience: String
    private let keys: AnnotationKeys
    private let configMap: ProviderConfigurationSource?
    private let tokenPath: TokenPath
    private let common: Injection

    package init(settings: AWSSettings) {
        self.settings = settings
        roleARN = settings.key("role-arn")
        audience = settings.key("audience")
        keys = AnnotationKeys(settings)
        configMap = settings.configMapNamespace.map(ConfigMapEntries.source)
        tokenPath = TokenPath(Self.tokenFile, in: settings.tokenMountPath)
        var common = AWSEnvironment.common(
            Self.method,
            variables: Self.variables,
            token: (Self.volume, Self.tokenFile),
            mountPath: settings.tokenMountPath
        )
        common.malformedReason = .malformedRole
        common.isGrantedBySubject = true
        common.grant = "whose trust policy must allow sub {subject} and aud {audience}"
        common.requirements = [AWSEnvironment.regionRequirement]
        self.common = common
    }

    package let cloud = AWSSettings.cloud

    package let noun = AWSSettings.noun

    package let auditKeys = AWSSettings.auditKeys

    package var serviceAccountAnnotations: [String] {
        [
            roleARN, audience, keys.regionalSTS, keys.tokenExpiration, keys.skipContainers, keys.acknowledgeWarnings,
        ]
    }

    package var annotationPrefix: String { settings.key("") }

    package var configurations: [ProviderConfigurationSource] { configMap.map { [$0] } ?? [] }

    package func givesIdentity(_ annotations: Annotations) -> Bool {
        annotations[roleARN].map { !$0.withoutSurroundingWhitespace.isEmpty } ?? false
    }

    package func problems(ofServiceAccount annotations: Annotations) -> Warnings {
        var problems: Warnings = []
        if let role = role(of: annotations) {
            if let malformation = malformation(of: role.arn) { problems.append("\(malformation), in \(role.source)") }
        } else if annotations[roleARN] != nil {
            problems.append("\(roleARN) is empty, so it gives no role")
        }
        for key in [roleARN, audience] {
            guard let text = annotations[key], text != text.withoutSurroundingWhitespace, givesIdentity(annotations)
            else { continue }
            problems.append("white space around \(key) is ignored: \"\(text.abridged)\"")
        }
        _ = audience(of: annotations, warnings: &problems)
        problems += keys.problems(of: annotations)
        let known = Set(serviceAccountAnnotations)
        for (key, _) in annotations.pairs where key.hasPrefix(annotationPrefix) && !known.contains(key) {
            problems.append("unknown annotation, which is ignored: \(key)")
        }
        return problems
    }

    package var podKeys: PodKeys? { PodKeys(prefixes: [annotationPrefix]) }

    package func decide(
        _ pod: PodView,
        _ inputs: DecisionInputs,
        using generator: inout some RandomNumberGenerator
    ) -> Decision {
        decide(pod, inputs).within(.podsAlike)
    }

    private func decide(_ pod: PodView, _ inputs: DecisionInputs) -> Decision {
        guard let account = pod.serviceAccount else { return Decision(.leaveAlone(.noServiceAccount)) }
        guard pod.label(keys.skipLabel) == nil else { return Decision(.leaveAlone(.skipLabel)) }
        if let role = role(of: inputs.serviceAccount.annotations) ?? role(of: account, inputs) {
            return inject(role, pod, inputs.serviceAccount.annotations)
        }
        switch inputs.serviceAccount {
        case .known(let annotations):
            let namespace = settings.usesNamespaceRoles ? inputs.namespace : nil
            return decideByConfigMap(inputs.configurations) ?? decide(pod, annotations, namespace)
        case .absent:
            return decideByConfigMap(inputs.configurations) ?? Decision(.leaveAlone(.serviceAccountNotFound))
        case .unknown: return Decision(.needs(.serviceAccount(account)))
        case .unavailable(let reason):
            return Decision(
                .leaveAlone(.serviceAccountUnavailable),
                warnings: ["no identity is given: the ServiceAccount \(account) could not be looked up: \(reason)"]
            )
        }
    }

    /// The decision if the ConfigMap, which might give a role, has not been read; nil if it gives none.
    private func decideByConfigMap(_ configurations: ProviderConfigurations) -> Decision? {
        guard let place = configMap?.place else { return nil }
        switch configurations.availability(of: place) {
        case .read: return nil
        case .unread: return Decision(.needs(.configuration(place)))
        case .unavailable:
            return Decision(
                .leaveAlone(.configMapUnavailable),
                warnings: ["no identity is given: \(place) could not be read in time"]
            )
        }
    }

    /// Decides by the Namespace for a ServiceAccount without a role. The ServiceAccount's settings for tokens take
    /// precedence over those of its Namespace.
    private func decide(_ pod: PodView, _ annotations: Annotations, _ namespace: DecisionInputs.Object?) -> Decision {
        switch namespace {
        case nil, .absent: return Decision(.leaveAlone(.noRole))
        case .unknown: return Decision(.needs(.namespace(pod.namespace)))
        case .unavailable(let reason):
            let name = pod.namespace
            return Decision(
                .leaveAlone(.namespaceUnavailable),
                warnings: ["no identity is given: the Namespace \(name) could not be looked up: \(reason)"]
            )
        case .known(let common):
            var merged = common
            for (key, value) in annotations.pairs where key != roleARN { merged[key] = value }
            guard let role = role(of: merged, on: "the Namespace or ServiceAccount") else {
                return Decision(.leaveAlone(.noRole))
            }
            return inject(role, pod, merged)
        }
    }

    package func injections(foundIn pod: PodView) -> [(container: ContainerView, injection: Injection)] {
        AWSEnvironment.injections(in: pod, keys, method: (Self.method, Self.variables))
    }

    /// A role and the settings that come with it.
    private struct Role {
        let arn: String
        /// The annotation or field that names the role, for warnings.
        let source: String
        let audience: String
        let usesRegionalSTS: Bool
        /// The lifetime of tokens for pods that do not set one.
        let expiration: TokenExpiration
        var warnings: Warnings = []
    }

    private func role(of annotations: Annotations, on owner: String = "the ServiceAccount") -> Role? {
        guard let text = annotations[roleARN]?.withoutSurroundingWhitespace, !text.isEmpty else { return nil }
        var warnings: Warnings = []
        let audience = audience(of: annotations, warnings: &warnings)
        return Role(
            arn: settings.roleComposition?.roleARN(text) ?? text,
            source: roleARN,
            audience: audience,
            usesRegionalSTS: annotations[keys.regionalSTS].flatMap(GoSyntax.parseBool) ?? settings.usesRegionalSTS,
            expiration: keys.expiration(of: annotations, on: owner, warnings: &warnings) ?? settings.tokenExpiration,
            warnings: warnings
        )
    }

    /// The audience that the annotations set; empty for the default.
    private func audience(of annotations: Annotations, warnings: inout Warnings) -> String {
        guard let text = annotations[audience] else { return "" }
        guard !Annotations.isCut(text) else {
            warnings.append("more than \(Annotations.maximumValue) bytes, which are ignored: \(audience)")
            return ""
        }
        return text.withoutSurroundingWhitespace
    }

    /// The role that the ConfigMap gives. Its entry replaces all settings of the ServiceAccount.
    private func role(of account: NamespacedName, _ inputs: DecisionInputs) -> Role? {
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

    /// What is wrong with a role's ARN, the cause first; nil if nothing is.
    private func malformation(of arn: String) -> String? {
        RoleARN.problem(in: arn).map { "\($0): \"\(arn.escaped.cut(to: 60))\"" }
    }

    private func inject(_ role: Role, _ pod: PodView, _ annotations: Annotations) -> Decision {
        let malformation = malformation(of: role.arn)
        var warnings: Warnings = malformation.map { ["\($0), in \(role.source)"] } ?? []
        let podExpiration = keys.expiration(of: pod, warnings: &warnings)
        if podExpiration == nil { warnings += role.warnings }
        let expiration = podExpiration ?? role.expiration
        // What is returned is not copied once more, as a variable would be.
        return Decision(
            .inject(injection(role, pod, annotations, expiration, malformation, &warnings)),
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
        injection.identity = role.arn
        let variables = AWSEnvironment(settings, usesRegionalSTS: role.usesRegionalSTS)
        injection.isForWindows = pod.isForWindows
        let file = injection.isForWindows ? tokenPath.onWindows : tokenPath.onLinux
        variables.apply(
            to: &injection,
            method: Self.variables,
            values: [role.arn, file]
        )
        injection.skippedContainers = keys.skippedContainers(of: pod, annotations, warnings: &warnings)
        injection.acknowledgedContainers = keys.acknowledgedContainers(of: pod, annotations, warnings: &warnings)
        injection.malformation = malformation
        if settings.annotatesPods { injection.identityAnnotations = [MetadataEntry(.addIfAbsent, roleARN, role.arn)] }
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
}
