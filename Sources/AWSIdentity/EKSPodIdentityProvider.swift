internal import GoSyntax
internal import KubernetesObjects
package import PodIdentity
internal import ProviderSupport

/// EKS Pod Identity: the pod gets a token for the agent on its node, which gives it the credentials of the role that EKS
/// associates with its ServiceAccount.
package struct EKSPodIdentityProvider: IdentityProvider {
    /// In seconds. Instead of the default of one day, so that tokens that were made together do not expire together.
    private static let jitter: ClosedRange<Int64> = 79200...86400
    /// What EKS finds such pods by, whatever the prefix of annotations.
    private static let label = MetadataEntry(.replace, "eks.amazonaws.com/pod-identity", "enabled")

    private let settings: AWSSettings
    private let credentials: EKSPodIdentitySettings
    private let keys: AnnotationKeys
    private let identities: ProviderConfigurationSource
    private let configMap: ProviderConfigurationSource?
    private let tokenPath: TokenPath

    package init(settings: AWSSettings, credentials: EKSPodIdentitySettings) {
        self.settings = settings
        self.credentials = credentials
        keys = AnnotationKeys(settings)
        identities = PodIdentityAssociations.source(at: credentials.identitiesFile)
        configMap = settings.configMapNamespace.map(ConfigMapEntries.source)
        tokenPath = TokenPath(credentials.tokenPath, in: credentials.tokenMountPath)
    }

    package var serviceAccountAnnotations: [String] { [keys.regionalSTS, keys.tokenExpiration, keys.skipContainers] }

    package var annotationPrefix: String { settings.key("") }

    package var configurations: [ProviderConfigurationSource] { [identities] + (configMap.map { [$0] } ?? []) }

    package func decide(
        _ pod: PodView,
        _ inputs: DecisionInputs,
        using generator: inout some RandomNumberGenerator
    ) -> Decision {
        guard pod.label(keys.skipLabel) == nil else { return Decision(.leaveAlone(.skipLabel)) }
        let listed: PodIdentityAssociations? = inputs.configurations.value(at: identities.place)
        guard let account = pod.serviceAccount, listed?.accounts.contains(account) ?? false else {
            return Decision(.leaveAlone(.noRole))
        }
        var warnings: Warnings = []
        let own = keys.expiration(of: pod, warnings: &warnings)
        let common = commonSettings(of: account, inputs)
        if own == nil { warnings += common.warnings }
        var expiration = own ?? common.expiration
        if expiration == .default {
            expiration = TokenExpiration(clamping: .random(in: Self.jitter, using: &generator))
        }
        let skipped = keys.skippedContainers(of: pod, inputs.serviceAccount.annotations, warnings: &warnings)
        let injection = injection(pod, account, expiration, common.usesRegionalSTS, skipping: skipped)
        return Decision(.inject(injection), warnings: warnings)
    }

    package func injections(foundIn pod: PodView) -> [(container: ContainerView, injection: Injection)] {
        let volume = credentials.tokenVolumeName
        let found = AWSEnvironment.injections(in: pod, keys, volume: volume, method: (Self.method, Self.variables))
        let identity = pod.serviceAccount.map(Self.identity) ?? ""
        return found.map { container, injection in
            var injection = injection
            injection.identity = identity
            return (container, injection)
        }
    }

    private static let method = "container_credentials"
    private static let variables = ["AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"]

    private static func identity(_ account: NamespacedName) -> String { "the pod identity association of \(account)" }

    private typealias CommonSettings = (usesRegionalSTS: Bool, expiration: TokenExpiration, warnings: Warnings)

    /// Of the ServiceAccount if it is known, with or without a role; it is not waited for.
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
        _ usesRegionalSTS: Bool,
        skipping skipped: Set<String>
    ) -> Injection {
        var injection = Injection(method: Self.method, identity: Self.identity(account))
        let file = pod.isForWindows ? tokenPath.onWindows : tokenPath.onLinux
        AWSEnvironment(settings, usesRegionalSTS: usesRegionalSTS).apply(
            to: &injection,
            method: Array(zip(Self.variables, [credentials.fullURI, file]))
        )
        injection.skippedContainers = skipped
        injection.volumes = [
            ProjectedTokenVolume(
                name: credentials.tokenVolumeName,
                audience: credentials.audience,
                expirationSeconds: expiration.seconds,
                path: credentials.tokenPath
            )
        ]
        injection.mounts = [TokenMount(volume: credentials.tokenVolumeName, path: credentials.tokenMountPath)]
        injection.labels = [Self.label]
        return injection
    }
}
