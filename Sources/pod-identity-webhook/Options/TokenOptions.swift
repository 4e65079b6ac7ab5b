internal import AWSIdentity
internal import ArgumentParser
internal import ProviderSupport

/// The flags for tokens of IAM roles for service accounts, for pods whose ServiceAccounts do not say otherwise.
struct TokenOptions: ParsableArguments {
    @Option(help: .value("audience", "The audience of tokens if the ServiceAccount does not set one."))
    var tokenAudience = AWSSettings().tokenAudience

    @Option(help: .path("Where the token is mounted in containers."))
    var tokenMountPath = AWSSettings().tokenMountPath

    @Option(
        help: .seconds("The lifetime of tokens if neither the pod nor its ServiceAccount sets one, 600 to 4294967296.")
    )
    var tokenExpiration = AWSSettings().tokenExpiration.seconds

    func validate() throws {
        // The API server would make tokens for itself, which AWS does not take.
        guard !tokenAudience.isEmpty else { throw ValidationError("--token-audience must not be empty") }
        guard TokenExpiration.range.contains(tokenExpiration) else {
            throw ValidationError(
                "--token-expiration must be \(TokenExpiration.rangeText) seconds, not \(tokenExpiration)"
            )
        }
        guard tokenMountPath.hasPrefix("/") else {
            throw ValidationError("--token-mount-path must be an absolute path, not \"\(tokenMountPath)\"")
        }
    }
}
