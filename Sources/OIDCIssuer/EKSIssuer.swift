/// An issuer that Amazon EKS publishes, identified by its host name: `oidc.eks.REGION.amazonaws.com`, or
/// `oidc-eks.REGION.api.aws`, which also has IPv6 addresses; with the domains of other partitions.
package struct EKSIssuer: Equatable, Sendable {
    package let region: String

    /// The domains of partitions (partitions.json of the AWS SDKs: `dnsSuffix`, `dualStackDnsSuffix`).
    private static let domains: Set<String> = [
        "amazonaws.com", "amazonaws.com.cn", "amazonaws.eu", "c2s.ic.gov", "sc2s.sgov.gov", "cloud.adc-e.uk",
        "csp.hci.ic.gov",
    ]
    private static let dualStackDomains: Set<String> = [
        "api.aws", "api.amazonwebservices.com.cn", "api.amazonwebservices.eu", "api.aws.ic.gov", "api.aws.scloud",
        "api.cloud-aws.adc-e.uk", "api.aws.hci.ic.gov",
    ]

    /// Fails for any other issuer.
    package init?(host: String) {
        let labels = host.lowercased().split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        let (rest, domains): (ArraySlice<String>, Set<String>) =
            labels.starts(with: ["oidc", "eks"])
            ? (labels.dropFirst(2), Self.domains)
            : labels.first == "oidc-eks" ? (labels.dropFirst(), Self.dualStackDomains) : ([], [])
        guard let region = rest.first, !region.isEmpty,
            domains.contains(rest.dropFirst().joined(separator: "."))
        else { return nil }
        self.region = region
    }
}
