package import PodIdentity

/// IAM roles for service accounts: the pod gets a token that it exchanges for the role's credentials with
/// `sts:AssumeRoleWithWebIdentity`, which the AWS SDKs do by themselves when they find the two variables.
package struct IRSAProvider: IdentityProvider {
    private static let volume = "aws-iam-token"
    private static let tokenFile = "token"

    private let settings: AWSSettings
    private let roleARN: String
    private let audience: String
    private let regionalSTS: String
    private let keys: PodAnnotationKeys

    package init(settings: AWSSettings) {
        self.settings = settings
        roleARN = settings.key("role-arn")
        audience = settings.key("audience")
        regionalSTS = settings.key("sts-regional-endpoints")
        keys = PodAnnotationKeys(settings)
    }

    package var serviceAccountAnnotations: [String] {
        [roleARN, audience, regionalSTS, keys.tokenExpiration, keys.skipContainers]
    }

    package func givesIdentity(_ serviceAccount: Annotations) -> Bool {
        serviceAccount[roleARN].map { !$0.isEmpty } ?? false
    }

    package func decide(
        _ pod: PodView,
        _ sources: Sources,
        using generator: inout some RandomNumberGenerator
    ) -> Decision {
        guard pod.label(keys.skipLabel) == nil else { return Decision(.leaveAlone(.skipLabel)) }
        switch sources.serviceAccount {
        case .unknown: return Decision(.needsServiceAccount)
        case .unavailable(let reason):
            let name = pod.serviceAccount.map { "\($0)" } ?? ""
            return Decision(
                .leaveAlone(.serviceAccountUnavailable),
                warnings: ["no identity is given: the ServiceAccount \(name) could not be looked up: \(reason)"]
            )
        case .absent: return Decision(.leaveAlone(.serviceAccountNotFound))
        case .known(let annotations): return decide(pod, annotations)
        }
    }

    private func decide(_ pod: PodView, _ annotations: Annotations) -> Decision {
        guard let role = annotations[roleARN], !role.isEmpty else { return Decision(.leaveAlone(.noRole)) }
        var warnings: [String] = []
        if RoleARN(role) == nil {
            warnings.append("\(roleARN): \"\(role.prefix(60))\" does not look like the ARN of an IAM role")
        }
        let expiration = keys.expiration(of: pod, annotations, warnings: &warnings) ?? settings.tokenExpiration
        let audience = annotations[audience].flatMap { $0.isEmpty ? nil : $0 } ?? settings.tokenAudience
        let usesRegionalSTS = annotations[regionalSTS].flatMap(GoSyntax.parseBool) ?? settings.usesRegionalSTS

        var injection = Injection(method: "sts_web_identity", identity: role)
        let variables = AWSEnvironment(settings, usesRegionalSTS: usesRegionalSTS)
        let file = AWSEnvironment.file(Self.tokenFile, in: settings.tokenMountPath, isForWindows: pod.isForWindows)
        variables.apply(
            to: &injection,
            method: [("AWS_ROLE_ARN", role), ("AWS_WEB_IDENTITY_TOKEN_FILE", file)]
        )
        injection.skippedContainers = keys.skippedContainers(of: pod, annotations)
        injection.volumes = [
            ProjectedTokenVolume(
                name: Self.volume,
                audience: audience,
                expirationSeconds: expiration.seconds,
                path: Self.tokenFile
            )
        ]
        injection.mounts = [TokenMount(volume: Self.volume, path: settings.tokenMountPath)]
        return Decision(.inject(injection), warnings: warnings)
    }
}
