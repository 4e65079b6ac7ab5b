package import HTTPClient

/// The address of AWS STS.
package struct STSEndpoint: Equatable, Hashable, Sendable, CustomStringConvertible {
    package let url: ServerURL

    package func hash(into hasher: inout Hasher) { hasher.combine(url.description) }

    /// The variable that tells the AWS SDKs to use another address.
    package static let variable = "AWS_ENDPOINT_URL_STS"
    /// The longest name of a region, in characters; real ones have about 15.
    private static let longestRegion = 32

    package enum Failure: Error, Equatable, CustomStringConvertible {
        case partition(String)
        case region(String)
        case variable(reason: String)

        package var description: String {
            switch self {
            case .partition(let name):
                "unknown partition \(name): set the address of STS in \(STSEndpoint.variable)"
            case .region(let name): "\"\(name)\" is not a region name"
            case .variable(let reason): "\(STSEndpoint.variable) \(reason)"
            }
        }
    }

    /// The address in the environment; nil if there is none.
    ///
    /// - Throws: `Failure.variable`. A token is sent to this address, so it must be `https`, or `http` on this machine.
    package init?(environment: [String: String]) throws(Failure) {
        guard let text = environment[Self.variable], !text.isEmpty else { return nil }
        do {
            url = try ServerURL(parsing: text)
        } catch {
            throw .variable(reason: error.reason)
        }
        guard url.isTLS || Self.isLoopback(url.host) else {
            throw .variable(reason: "must start with https://, because tokens are sent there")
        }
    }

    /// The endpoint of a region of the partition.
    ///
    /// - Parameter region: A region of another partition is ignored, as is an empty text.
    package init(partition name: String, region: String) throws(Failure) {
        guard let partition = AWSPartition(named: name) else { throw .partition(name) }
        let isOfPartition = !region.isEmpty && AWSPartition(ofRegion: region) == partition
        let region = isOfPartition ? region : partition.usualRegion
        guard region.utf8.count <= Self.longestRegion, region.utf8.allSatisfy(Self.isOfRegion) else {
            throw .region(region)
        }
        url = ServerURL(isTLS: true, host: "sts.\(region).\(partition.domain)", port: 443)
    }

    package var description: String { url.description }

    /// Whether the byte may be in a label of a host name.
    private static func isOfRegion(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"): true
        default: false
        }
    }

    private static func isLoopback(_ host: String) -> Bool {
        let octets = host.split(separator: ".", omittingEmptySubsequences: false)
        let isIPv4 = octets.count == 4 && octets.allSatisfy { UInt8($0) != nil }
        return host == "localhost" || host == "::1" || (isIPv4 && octets[0] == "127")
    }
}
