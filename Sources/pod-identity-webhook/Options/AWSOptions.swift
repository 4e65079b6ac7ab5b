internal import AWSIdentity
internal import ArgumentParser
internal import Logging
internal import ProviderSupport

/// The flags for AWS, which `serve`, `mutate` and `doctor` share.
struct AWSOptions: ParsableArguments {
    @Option(help: "The prefix of the names of annotations and labels.")
    var annotationPrefix = AWSSettings().annotationPrefix

    @Option(help: "The region for AWS_REGION and AWS_DEFAULT_REGION; empty for none.")
    var awsDefaultRegion = ""

    @Option(help: "Whether AWS_STS_REGIONAL_ENDPOINTS=regional is the default.")
    var stsRegionalEndpoint = false

    @Option(help: "Whether the ConfigMap pod-identity-webhook gives roles to ServiceAccounts that have none.")
    var watchConfigMap = false

    @Option(help: "Whether the annotations of a Namespace give a role to its ServiceAccounts that have none.")
    var namespaceRoles = false

    @Option(help: "Whether a pod gets its role as an annotation too, for people to see.")
    var annotatePods = true

    @Option(help: "Whether roles may be given by name; instance metadata or --aws-account-id has the rest.")
    var composeRoleArn = false

    @Option(help: "The account of roles given by name, twelve digits; without it the instance's.")
    var awsAccountId = ""

    @Option(help: "The partition of roles given by name, such as aws-cn; without it the region's.")
    var awsPartition = ""

    @Option(help: "What CloudTrail calls a role's sessions: pod for the pod's name, none for what the SDK makes up.")
    var roleSessionName = RoleSessionName.ofSDK

    /// - Parameters:
    ///   - tokens: the flags for tokens from the same command line.
    ///   - configMapNamespace: the namespace of the ConfigMap, if it is read.
    ///   - composition: what completes roles that are given by name.
    func settings(tokens: TokenOptions, configMapNamespace: String, composition: RoleComposition?) -> AWSSettings {
        var settings = AWSSettings()
        settings.annotationPrefix = annotationPrefix
        settings.tokenAudience = tokens.tokenAudience
        settings.tokenMountPath = tokens.tokenMountPath
        settings.tokenExpiration = TokenExpiration(clamping: tokens.tokenExpiration)
        settings.region = awsDefaultRegion
        settings.usesRegionalSTS = stsRegionalEndpoint
        settings.configMapNamespace = watchConfigMap ? configMapNamespace : nil
        settings.annotatesPods = annotatePods
        settings.usesNamespaceRoles = namespaceRoles
        settings.roleComposition = composition
        settings.roleSessionName = roleSessionName
        return settings
    }

    /// Warns the operator of flags that together leave pods without the use of their role.
    func logContradictions(to logger: Logger) {
        guard stsRegionalEndpoint, awsDefaultRegion.isEmpty else { return }
        logger.warning(
            "pods that do not set a region cannot find STS: --sts-regional-endpoint needs --aws-default-region"
        )
    }

    func validate() throws {
        guard !annotationPrefix.isEmpty else { throw ValidationError("--annotation-prefix must not be empty") }
        guard composeRoleArn || (awsAccountId.isEmpty && awsPartition.isEmpty) else {
            throw ValidationError("--aws-account-id and --aws-partition are of use with --compose-role-arn alone")
        }
        guard awsAccountId.isEmpty || RoleComposition.isAccount(awsAccountId) else {
            throw ValidationError("--aws-account-id must be twelve digits, not \"\(awsAccountId)\"")
        }
        guard awsPartition.isEmpty || RoleARN.isPartition(awsPartition) else {
            throw ValidationError("--aws-partition must be aws or aws-…, not \"\(awsPartition)\"")
        }
    }
}

extension RoleSessionName: ExpressibleByArgument {}
