internal import AWSIdentity
internal import AWSInstanceMetadata
internal import ArgumentParser
internal import FoundationEssentials
internal import Logging
internal import NIOCore

extension AWSOptions {
    /// What roles that are given by name are completed with; nil if they are not. Asks instance metadata for what the
    /// flags do not say.
    ///
    /// - Throws: `ValidationError` that tells why instance metadata does not help.
    func composition(group: any EventLoopGroup, logger: Logger) async throws -> RoleComposition? {
        guard composeRoleArn else { return nil }
        if let composition = givenComposition { return composition }
        do throws(InstanceMetadataError) {
            let endpoint = try InstanceMetadata.endpoint(environment: ProcessInfo.processInfo.environment)
            let identity = try await InstanceMetadata(endpoint: endpoint, on: group, logger: logger).identity()
            let partition = awsPartition.isEmpty ? RoleComposition.partition(ofRegion: identity.region) : awsPartition
            logger.info(
                "learnt from instance metadata where roles are",
                metadata: [
                    "account": "\(identity.account)", "region": "\(identity.region)", "partition": "\(partition)",
                ]
            )
            return RoleComposition(partition: partition, account: identity.account)
        } catch {
            throw ValidationError("--compose-role-arn: \(error); or give --aws-account-id and --aws-partition")
        }
    }

    /// What the flags alone say.
    ///
    /// - Throws: `ValidationError` if they do not say enough.
    func offlineComposition() throws -> RoleComposition? {
        guard composeRoleArn else { return nil }
        guard let composition = givenComposition else {
            throw ValidationError("--compose-role-arn needs --aws-account-id here, where no instance is asked for it")
        }
        return composition
    }

    private var givenComposition: RoleComposition? {
        guard !awsAccountId.isEmpty else { return nil }
        let partition = awsPartition.isEmpty ? RoleComposition.partition(ofRegion: awsDefaultRegion) : awsPartition
        return RoleComposition(partition: partition, account: awsAccountId)
    }
}
