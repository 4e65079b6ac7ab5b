package import AWSSecurityTokenService

/// How roles are assumed.
package struct AssumeRoleOptions: Sendable {
    /// The region of STS; empty for the usual one of each role's partition.
    package var region: String
    /// Instead of AWS' own endpoints; nil for these.
    package var endpoint: STSEndpoint?
    package var service = SecurityTokenService.Options()

    package init(region: String, endpoint: STSEndpoint?) {
        self.region = region
        self.endpoint = endpoint
    }
}
