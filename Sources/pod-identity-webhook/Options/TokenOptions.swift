internal import AWSIdentity
internal import ArgumentParser
internal import ProviderSupport

/// The flags for tokens of IAM roles for service accounts, for pods whose ServiceAccounts do not say otherwise.
struct TokenOptions: ParsableArguments {
    @Option(help: "The audience of tokens if the ServiceAccount does not set one.")
    var tokenAudience = AWSSettings().tokenAudience

    @Option(help: "Where the token is mounted in containers.")
    var tokenMountPath = AWSSettings().tokenMountPath

    @Option(help: "The lifetime of tokens in seconds if neither pod nor ServiceAccount sets one; at least 600.")
    var tokenExpiration = AWSSettings().tokenExpiration.seconds

    func validate() throws {
        guard tokenMountPath.hasPrefix("/") else {
            throw ValidationError("--token-mount-path must be an absolute path, not \"\(tokenMountPath)\"")
        }
    }
}
