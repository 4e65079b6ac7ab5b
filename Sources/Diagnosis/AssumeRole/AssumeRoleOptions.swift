package import AWSSecurityTokenService

/// The options for assuming roles.
package struct AssumeRoleOptions: Sendable {
    /// The region of STS; empty for the default of each role's partition.
    package var region: String
    /// Replaces AWS' own endpoints; nil to use those.
    package var endpoint: STSEndpoint?
    package var service = SecurityTokenService.Options()

    package init(region: String, endpoint: STSEndpoint?) {
        self.region = region
        self.endpoint = endpoint
    }
}
