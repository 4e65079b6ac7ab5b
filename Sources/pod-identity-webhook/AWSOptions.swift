internal import AWSIdentity
internal import ArgumentParser
internal import PodIdentity

/// The flags that shape what a pod gets; `serve` and `mutate` have the same.
struct AWSOptions: ParsableArguments {
    @Option(help: "In front of the names of annotations and labels.")
    var annotationPrefix = AWSSettings().annotationPrefix

    @Option(help: "The audience of tokens, where the ServiceAccount does not say.")
    var tokenAudience = AWSSettings().tokenAudience

    @Option(help: "Where the token is mounted in containers.")
    var tokenMountPath = AWSSettings().tokenMountPath

    @Option(help: "Seconds that a token is valid, where neither pod nor ServiceAccount say; at least 600.")
    var tokenExpiration = AWSSettings().tokenExpiration.seconds

    @Option(help: "The region for AWS_REGION and AWS_DEFAULT_REGION; empty for none.")
    var awsDefaultRegion = ""

    @Option(help: "Whether AWS_STS_REGIONAL_ENDPOINTS=regional is the default.")
    var stsRegionalEndpoint = false

    var settings: AWSSettings {
        var settings = AWSSettings()
        settings.annotationPrefix = annotationPrefix
        settings.tokenAudience = tokenAudience
        settings.tokenMountPath = tokenMountPath
        settings.tokenExpiration = TokenExpiration(clamping: tokenExpiration)
        settings.region = awsDefaultRegion
        settings.usesRegionalSTS = stsRegionalEndpoint
        return settings
    }

    var providers: ProviderChain { ProviderChain([IRSAProvider(settings: settings)]) }

    func validate() throws {
        guard !annotationPrefix.isEmpty else { throw ValidationError("--annotation-prefix must not be empty") }
        guard tokenMountPath.hasPrefix("/") else {
            throw ValidationError("--token-mount-path must be an absolute path, not \"\(tokenMountPath)\"")
        }
    }
}
