internal import GoSyntax
internal import KubernetesObjects
package import PodIdentity
internal import ProviderSupport

/// EKS Pod Identity: the pod gets a token for the agent on its node, which exchanges it for the credentials of the role
/// that EKS associates with the pod's ServiceAccount.
package struct EKSPodIdentityProvider: IdentityProvider {
    /// The range of lifetimes in seconds from which one is chosen at random instead of the default of one day, so that
    /// tokens that were issued together do not expire together.
    private static let jitter: ClosedRange<Int64> = 79200...86400
    /// The label by which EKS finds such pods, regardless of the prefix of annotations.
    private static let label = MetadataEntry(.replace, "eks.amazonaws.com/pod-identity", "enabled")

    private let settings: AWSSettings
    private let credentials: EKSPodIdentitySettings
    private let keys: AnnotationKeys
    private let associations: ProviderConfigurationSource
    private let configMap: ProviderConfigurationSource?
    private let tokenPath: TokenPath
    private let common: Injection

    package init(settings: AWSSettings, credentials: EKSPodIdentitySettings) {
        self.settings = settings
        self.credentials = credentials
        keys = AnnotationKeys(settings)
        associations = PodIdentityAssociations.source(at: credentials.identitiesFile)
        configMap = settings.configMapNamespace.map(ConfigMapEntries.source)
        tokenPath = TokenPath(credentials.tokenPath, in: credentials.tokenMountPath)
        var common = AWSEnvironment.common(
            Self.method,
            variables: Self.variables,
            token: (credentials.tokenVolumeName, credentials.tokenPath),
            mountPath: credentials.tokenMountPath
        )
        common.overridingVariables = AWSEnvironment.overridingContainerCredentials
        common.directServer = credentials.agent
        common.labels = [Self.label]
        self.common = common
    }

    package let cloud = AWSSettings.cloud

    package let noun = AWSSettings.noun

    package let auditKeys = AWSSettings.auditKeys

    package var serviceAccountAnnotations: [String] {
        [keys.regionalSTS, keys.tokenExpiration, keys.skipContainers, keys.acknowledgeWarnings]
    }

    package var annotationPrefix: String { settings.key("") }

    package var configurations: [ProviderConfigurationSource] { [associations] + (configMap.map { [$0] } ?? []) }

    package var podKeys: PodKeys? { PodKeys(prefixes: [annotationPrefix]) }

    package func decide(
        _ pod: PodView,
        _ inputs: DecisionInputs,
        using generator: inout some RandomNumberGenerator
    ) -> Decision {
        guard pod.label(keys.skipLabel) == nil else { return Decision(.leaveAlone(.skipLabel)).within(.podsAlike) }
        let associations: PodIdentityAssociations? = inputs.configurations.value(at: associations.place)
        guard let account = pod.serviceAccount, associations?.accounts.contains(account) ?? false else {
            return Decision(.leaveAlone(.noRole)).within(.podsAlike)
        }
        var warnings: Warnings = []
        let podExpiration = keys.expiration(of: pod, warnings: &warnings)
        let common = commonSettings(of: account, inputs)
        if podExpiration == nil { warnings += common.warnings }
        var expiration = podExpiration ?? common.expiration
        let isDrawn = expiration == .default
        if isDrawn {
            expiration = TokenExpiration(clamping: .random(in: Self.jitter, using: &generator))
        }
        let skipped = keys.skippedContainers(of: pod, inputs.serviceAccount.annotations, warnings: &warnings)
        var injection = injection(pod, account, expiration, common.usesRegionalSTS)
        injection.skippedContainers = skipped
        injection.acknowledgedContainers = keys.acknowledgedContainers(
            of: pod,
            inputs.serviceAccount.annotations,
            warnings: &warnings
        )
        return Decision(.inject(injection), warnings: warnings).within(isDrawn ? .pod : .podsAlike)
    }

    package func injections(foundIn pod: PodView) -> [(container: ContainerView, injection: Injection)] {
        let found = AWSEnvironment.injections(in: pod, keys, method: (Self.method, Self.variables))
        let identity = pod.serviceAccount.map(Self.identity) ?? ""
        return found.map { container, injection in
            var injection = injection
            injection.identity = identity
            injection.overridingVariables = AWSEnvironment.overridingContainerCredentials
            injection.directServer = common.directServer
            return (container, injection)
        }
    }

    private static let method = "container_credentials"
    private static let variables = ["AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"]

    private static func identity(_ account: NamespacedName) -> String { "the pod identity association of \(account)" }

    private typealias CommonSettings = (usesRegionalSTS: Bool, expiration: TokenExpiration, warnings: Warnings)

    /// The settings from the ServiceAccount if it is known, or otherwise from the ConfigMap. Neither is waited for.
    private func commonSettings(of account: NamespacedName, _ inputs: DecisionInputs) -> CommonSettings {
        if case .known(let annotations) = inputs.serviceAccount {
            var warnings: Warnings = []
            let expiration = keys.expiration(of: annotations, warnings: &warnings) ?? settings.tokenExpiration
            let regional = annotations[keys.regionalSTS].flatMap(GoSyntax.parseBool) ?? settings.usesRegionalSTS
            return (regional, expiration, warnings)
        }
        let entries: ConfigMapEntries? = configMap.flatMap { inputs.configurations.value(at: $0.place) }
        if let entry = entries?.exact(account) {
            return (entry.usesRegionalSTS, entry.expiration ?? settings.tokenExpiration, [])
        }
        return (false, .default, [])
    }

    private func injection(
        _ pod: PodView,
        _ account: NamespacedName,
        _ expiration: TokenExpiration,
        _ usesRegionalSTS: Bool
    ) -> Injection {
        var injection = common
        injection.identity = Self.identity(account)
        injection.isForWindows = pod.isForWindows
        let file = injection.isForWindows ? tokenPath.onWindows : tokenPath.onLinux
        injection.environment = AWSEnvironment(settings, usesRegionalSTS: usesRegionalSTS).groups(
            method: Self.variables,
            values: [credentials.fullURI, file]
        )
        injection.volumes = [
            .token(
                credentials.tokenVolumeName,
                audience: credentials.audience,
                expirationSeconds: expiration.seconds,
                path: credentials.tokenPath
            )
        ]
        return injection
    }
}
