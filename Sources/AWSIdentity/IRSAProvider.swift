package import PodIdentity

/// IAM roles for service accounts: the pod gets a token that it exchanges for the role's credentials with
/// `sts:AssumeRoleWithWebIdentity`, which the AWS SDKs do by themselves when they find the two variables.
///
/// The role is that of the ServiceAccount's annotation, else that of the ConfigMap, which is also used for an account
/// that is not known, or not yet.
package struct IRSAProvider: IdentityProvider {
    private static let volume = "aws-iam-token"
    private static let tokenFile = "token"

    private let settings: AWSSettings
    private let roleARN: String
    private let audience: String
    private let keys: AnnotationKeys
    private let configMap: Document?

    package init(settings: AWSSettings) {
        self.settings = settings
        roleARN = settings.key("role-arn")
        audience = settings.key("audience")
        keys = AnnotationKeys(settings)
        configMap = settings.configMapNamespace.map(ConfigMapEntries.document)
    }

    package var serviceAccountAnnotations: [String] {
        [roleARN, audience, keys.regionalSTS, keys.tokenExpiration, keys.skipContainers]
    }

    package var documents: [Document] { configMap.map { [$0] } ?? [] }

    package func givesIdentity(_ serviceAccount: Annotations) -> Bool {
        serviceAccount[roleARN].map { !$0.isEmpty } ?? false
    }

    package func decide(
        _ pod: PodView,
        _ sources: Sources,
        using generator: inout some RandomNumberGenerator
    ) -> Decision {
        guard pod.label(keys.skipLabel) == nil else { return Decision(.leaveAlone(.skipLabel)) }
        if let role = role(of: sources.serviceAccount.annotations) ?? role(of: pod, sources) {
            return inject(role, pod, sources.serviceAccount.annotations)
        }
        switch sources.serviceAccount {
        case .known: return Decision(.leaveAlone(.noRole))
        case .absent: return Decision(.leaveAlone(.serviceAccountNotFound))
        case .unknown: return Decision(.needsServiceAccount)
        case .unavailable(let reason):
            let name = pod.serviceAccount.map { "\($0)" } ?? ""
            return Decision(
                .leaveAlone(.serviceAccountUnavailable),
                warnings: ["no identity is given: the ServiceAccount \(name) could not be looked up: \(reason)"]
            )
        }
    }

    /// A role with what belongs to it.
    private struct Role {
        let arn: String
        /// What names the role, for warnings.
        let source: String
        let audience: String
        let usesRegionalSTS: Bool
        /// Of pods that do not say.
        let expiration: TokenExpiration
        var warnings: [String] = []
    }

    private func role(of annotations: Annotations) -> Role? {
        guard let text = annotations[roleARN], !text.isEmpty else { return nil }
        var warnings: [String] = []
        return Role(
            arn: settings.roleComposition?.roleARN(text) ?? text,
            source: roleARN,
            audience: annotations[audience] ?? "",
            usesRegionalSTS: annotations[keys.regionalSTS].flatMap(GoSyntax.parseBool) ?? settings.usesRegionalSTS,
            expiration: keys.expiration(of: annotations, warnings: &warnings) ?? settings.tokenExpiration,
            warnings: warnings
        )
    }

    /// The ConfigMap's. It replaces the ServiceAccount's settings as a whole.
    private func role(of pod: PodView, _ sources: Sources) -> Role? {
        let entries: ConfigMapEntries? = configMap.flatMap { sources.documents.value(at: $0.place) }
        guard let entry = pod.serviceAccount.flatMap({ entries?.entry(for: $0) }), !entry.roleARN.isEmpty else {
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

    private func inject(_ role: Role, _ pod: PodView, _ annotations: Annotations) -> Decision {
        var warnings: [String] = []
        if RoleARN(role.arn) == nil {
            warnings.append("\(role.source): \"\(role.arn.prefix(60))\" does not look like the ARN of an IAM role")
        }
        let own = keys.expiration(of: pod, warnings: &warnings)
        if own == nil { warnings += role.warnings }

        var injection = Injection(method: "sts_web_identity", identity: role.arn)
        let variables = AWSEnvironment(settings, usesRegionalSTS: role.usesRegionalSTS)
        let file = AWSEnvironment.file(Self.tokenFile, in: settings.tokenMountPath, isForWindows: pod.isForWindows)
        variables.apply(
            to: &injection,
            method: [("AWS_ROLE_ARN", role.arn), ("AWS_WEB_IDENTITY_TOKEN_FILE", file)]
        )
        injection.skippedContainers = keys.skippedContainers(of: pod, annotations)
        injection.volumes = [
            ProjectedTokenVolume(
                name: Self.volume,
                audience: role.audience.isEmpty ? settings.tokenAudience : role.audience,
                expirationSeconds: (own ?? role.expiration).seconds,
                path: Self.tokenFile
            )
        ]
        injection.mounts = [TokenMount(volume: Self.volume, path: settings.tokenMountPath)]
        return Decision(.inject(injection), warnings: warnings)
    }
}
