/// A part of AWS with its own accounts, regions and names.
package struct AWSPartition: Equatable, Sendable {
    /// As in ARNs: `aws`, `aws-cn`.
    package let name: String
    /// The domain of its services.
    let domain: String
    /// A region that every account of the partition has.
    let usualRegion: String
    /// The prefix of the names of its regions; empty for the partition with all other regions.
    private let regionPrefix: String

    private init(_ name: String, _ domain: String, _ usualRegion: String, _ regionPrefix: String) {
        self.name = name
        self.domain = domain
        self.usualRegion = usualRegion
        self.regionPrefix = regionPrefix
    }

    /// The partitions of the AWS SDKs (partitions.json).
    private static let all = [
        AWSPartition("aws-cn", "amazonaws.com.cn", "cn-north-1", "cn-"),
        AWSPartition("aws-us-gov", "amazonaws.com", "us-gov-west-1", "us-gov-"),
        AWSPartition("aws-iso", "c2s.ic.gov", "us-iso-east-1", "us-iso-"),
        AWSPartition("aws-iso-b", "sc2s.sgov.gov", "us-isob-east-1", "us-isob-"),
        AWSPartition("aws-iso-e", "cloud.adc-e.uk", "eu-isoe-west-1", "eu-isoe-"),
        AWSPartition("aws-iso-f", "csp.hci.ic.gov", "us-isof-south-1", "us-isof-"),
        AWSPartition("aws-eusc", "amazonaws.eu", "eusc-de-east-1", "eusc-"),
        AWSPartition("aws", "amazonaws.com", "us-east-1", ""),
    ]

    /// Fails for an unknown partition.
    package init?(named name: String) {
        guard let found = Self.all.first(where: { $0.name == name }) else { return nil }
        self = found
    }

    /// The partition of a region; `aws` for all regions that belong to no other.
    package init?(ofRegion region: String) {
        guard let found = Self.all.first(where: { region.hasPrefix($0.regionPrefix) }) else { return nil }
        self = found
    }
}
