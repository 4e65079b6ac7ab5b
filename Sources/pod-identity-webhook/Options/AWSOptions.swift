internal import AWSIdentity
internal import ArgumentParser
internal import KubernetesObjects
internal import Logging
internal import ProviderSupport

/// The flags for AWS, which `serve`, `mutate` and `doctor` share.
struct AWSOptions: ParsableArguments {
    @Option(help: .value("prefix", "The prefix of annotation and label names."))
    var annotationPrefix = AWSSettings().annotationPrefix

    @Option(help: .value("region", "The value of AWS_REGION and AWS_DEFAULT_REGION; empty for none."))
    var awsDefaultRegion = ""

    @Option(help: .boolean("Give pods AWS_STS_REGIONAL_ENDPOINTS=regional by default."))
    var stsRegionalEndpoint = false

    @Option(help: .boolean("Let the ConfigMap pod-identity-webhook give roles to ServiceAccounts that have none."))
    var watchConfigMap = false

    @Option(help: .boolean("Let annotations of a Namespace give a role to its ServiceAccounts that have none."))
    var namespaceRoles = false

    @Option(help: .boolean("Record the role on the pod as an annotation, too."))
    var annotatePods = true

    @Option(help: .boolean("Accept roles given by name; --aws-account-id or instance metadata completes them."))
    var composeRoleArn = false

    @Option(help: .value("account", "The account of roles given by name, twelve digits; by default the instance's."))
    var awsAccountId = ""

    @Option(help: .value("partition", "The partition of roles given by name, such as aws-cn; by default the region's."))
    var awsPartition = ""

    @Option(
        help: .value(
            "pod|none",
            "The session name that CloudTrail shows: the pod's name, or none to let the SDK choose."
        )
    )
    var roleSessionName = RoleSessionName.ofSDK

    /// - Parameters:
    ///   - tokens: The flags for tokens from the same command line.
    ///   - configMapNamespace: The namespace of the ConfigMap, if it is read.
    ///   - composition: How to complete roles that are given by name.
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

    /// Warns the operator about flags that together prevent pods from using their role.
    func logContradictions(to logger: Logger) {
        guard stsRegionalEndpoint, awsDefaultRegion.isEmpty else { return }
        logger.warning(
            "pods that do not set a region cannot find STS: --sts-regional-endpoint needs --aws-default-region"
        )
    }

    func validate() throws {
        guard !annotationPrefix.isEmpty else { throw ValidationError("--annotation-prefix must not be empty") }
        // Others are no part of the name of an annotation (apimachinery, `IsQualifiedName`).
        guard NamespacedName(namespace: "", name: annotationPrefix).isValid else {
            throw ValidationError(
                "--annotation-prefix must be a DNS name such as eks.amazonaws.com, not \"\(annotationPrefix)\""
            )
        }
        // The SDKs make the name of a server from it.
        guard awsDefaultRegion.lowercased().utf8.allSatisfy(NamespacedName.isLabelByte) else {
            throw ValidationError(
                "--aws-default-region must be a region such as eu-west-1, not \"\(awsDefaultRegion)\""
            )
        }
        guard composeRoleArn || (awsAccountId.isEmpty && awsPartition.isEmpty) else {
            throw ValidationError("--aws-account-id and --aws-partition need --compose-role-arn")
        }
        guard awsAccountId.isEmpty || RoleComposition.isAccount(awsAccountId) else {
            throw ValidationError("--aws-account-id must be twelve digits, not \"\(awsAccountId)\"")
        }
        guard awsPartition.isEmpty || RoleARN.isPartition(awsPartition) else {
            throw ValidationError("--aws-partition must be aws or start with aws-, not \"\(awsPartition)\"")
        }
    }
}

extension RoleSessionName: ExpressibleByArgument {}
