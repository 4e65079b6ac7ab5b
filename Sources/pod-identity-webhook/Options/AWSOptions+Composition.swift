internal import AWSIdentity
internal import AWSInstanceMetadata
internal import ArgumentParser
internal import FoundationEssentials
internal import Logging
internal import NIOCore

extension AWSOptions {
    /// How to complete roles that are given by name; nil if they are not completed. Anything that the flags do not
    /// specify comes from instance metadata.
    ///
    /// - Throws: `ValidationError` if instance metadata cannot be used.
    func composition(group: any EventLoopGroup, logger: Logger) async throws -> RoleComposition? {
        guard composeRoleArn else { return nil }
        if let compositionFromFlags { return compositionFromFlags }
        do throws(InstanceMetadataError) {
            let endpoint = try InstanceMetadata.endpoint(environment: ProcessInfo.processInfo.environment)
            let identity = try await InstanceMetadata(endpoint: endpoint, on: group, logger: logger).identity()
            let partition = awsPartition.isEmpty ? RoleComposition.partition(ofRegion: identity.region) : awsPartition
            logger.info(
                "the account and the partition of roles were read from instance metadata",
                metadata: [
                    "account": "\(identity.account)", "region": "\(identity.region)", "partition": "\(partition)",
                ]
            )
            return RoleComposition(partition: partition, account: identity.account)
        } catch {
            throw ValidationError("--compose-role-arn: \(error); pass --aws-account-id and --aws-partition instead")
        }
    }

    /// How to complete roles that are given by name, from the flags alone; nil if roles are not completed.
    ///
    /// - Throws: `ValidationError` if the flags do not specify the account.
    func offlineComposition() throws -> RoleComposition? {
        guard composeRoleArn else { return nil }
        guard let compositionFromFlags else {
            throw ValidationError(
                "--compose-role-arn needs --aws-account-id here, because no instance metadata is read"
            )
        }
        return compositionFromFlags
    }

    private var compositionFromFlags: RoleComposition? {
        guard !awsAccountId.isEmpty else { return nil }
        let partition = awsPartition.isEmpty ? RoleComposition.partition(ofRegion: awsDefaultRegion) : awsPartition
        return RoleComposition(partition: partition, account: awsAccountId)
    }
}
