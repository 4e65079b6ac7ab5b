internal import Glibc

/// An IPv4 or IPv6 address. An IPv4 address in the form of an IPv6 one (RFC 4291, 2.5.5.2) equals its IPv4 form.
package struct IPAddress: Equatable, Sendable {
    /// 4 or 16 bytes.
    package let bytes: [UInt8]

    /// Nil unless the text is an address without brackets and zone.
    package init?(_ text: some StringProtocol) {
        for (family, count) in [(AF_INET, 4), (AF_INET6, 16)] {
            var bytes = [UInt8](repeating: 0, count: count)
            guard inet_pton(family, String(text), &bytes) == 1 else { continue }
            self.bytes = bytes.starts(with: Self.mappedPrefix) ? Array(bytes.dropFirst(Self.mappedPrefix.count)) : bytes
            return
        }
        return nil
    }

    private static let mappedPrefix = [UInt8](repeating: 0, count: 10) + [0xff, 0xff]

    var isLoopback: Bool { bytes.count == 4 ? bytes[0] == 127 : bytes == Self.loopback }

    private static let loopback = [UInt8](repeating: 0, count: 15) + [1]
}

/// A range of addresses in CIDR notation, such as `10.96.0.0/12`.
struct IPNetwork: Equatable, Sendable {
    private let address: IPAddress
    /// The number of significant bits.
    private let length: Int

    init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, let address = IPAddress(parts[0]), parts[1].utf8.first != UInt8(ascii: "+"),
            let number = UInt8(parts[1])
        else { return nil }
        let isMapped = address.bytes.count == 4 && parts[0].contains(":")
        let length = Int(number) - (isMapped ? 96 : 0)
        guard 0...(address.bytes.count * 8) ~= length else { return nil }
        self.address = address
        self.length = length
    }

    func contains(_ other: IPAddress) -> Bool {
        guard other.bytes.count == address.bytes.count else { return false }
        return zip(address.bytes, other.bytes).enumerated().allSatisfy { index, pair in
            let bits = min(8, max(0, length - index * 8))
            return (pair.0 ^ pair.1) >> (8 - bits) == 0
        }
    }
}
