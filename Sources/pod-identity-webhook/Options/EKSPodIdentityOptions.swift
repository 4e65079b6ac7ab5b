internal import AWSIdentity
internal import ArgumentParser
internal import PodIdentity

/// The flags for EKS Pod Identity, which `serve`, `mutate` and `doctor` share.
struct EKSPodIdentityOptions: ParsableArguments {
    private static let defaults = EKSPodIdentitySettings(identitiesFile: "")

    @Option(help: .path("A file that lists the ServiceAccounts of EKS Pod Identity; read again when it changes."))
    var watchContainerCredentialsConfig = ""

    @Option(help: .value("audience", "The audience of tokens for EKS Pod Identity."))
    var containerCredentialsAudience = defaults.audience

    @Option(help: .path("Where the token for EKS Pod Identity is mounted in containers."))
    var containerCredentialsTokenMountPath = defaults.tokenMountPath

    @Option(help: .name("The name of the volume with that token."))
    var containerCredentialsTokenVolumeName = defaults.tokenVolumeName

    @Option(help: .path("The path of that token's file in its volume."))
    var containerCredentialsTokenPath = defaults.tokenPath

    @Option(help: .url("The URL of the EKS Pod Identity agent, for AWS_CONTAINER_CREDENTIALS_FULL_URI."))
    var containerCredentialsFullUri = defaults.fullURI

    /// Nil if EKS Pod Identity is not used.
    var settings: EKSPodIdentitySettings? {
        guard !watchContainerCredentialsConfig.isEmpty else { return nil }
        var credentials = EKSPodIdentitySettings(identitiesFile: watchContainerCredentialsConfig)
        credentials.audience = containerCredentialsAudience
        credentials.tokenMountPath = containerCredentialsTokenMountPath
        credentials.tokenVolumeName = containerCredentialsTokenVolumeName
        credentials.tokenPath = containerCredentialsTokenPath
        credentials.fullURI = containerCredentialsFullUri
        return credentials
    }

    /// The providers for AWS. EKS Pod Identity, if it is used, takes precedence.
    func providers(_ settings: AWSSettings) -> [any IdentityProvider] {
        let webIdentity = IRSAProvider(settings: settings)
        guard let credentials = self.settings else { return [webIdentity] }
        return [EKSPodIdentityProvider(settings: settings, credentials: credentials), webIdentity]
    }

    func validate() throws {
        let mountPath = containerCredentialsTokenMountPath
        guard mountPath.hasPrefix("/") else {
            throw ValidationError(
                "--container-credentials-token-mount-path must be an absolute path, not \"\(mountPath)\""
            )
        }
        for (flag, value) in [
            ("audience", containerCredentialsAudience), ("token-volume-name", containerCredentialsTokenVolumeName),
            ("token-path", containerCredentialsTokenPath), ("full-uri", containerCredentialsFullUri),
        ] where value.isEmpty {
            throw ValidationError("--container-credentials-\(flag) must not be empty")
        }
    }
}
