/// The addresses that are called without a proxy: the value of `NO_PROXY`, a list of hosts, domains, addresses and networks
/// between commas or spaces.
struct ProxyExceptions {
    private let entries: [Substring]

    init(_ text: String) { entries = text.split { $0 == "," || $0.isWhitespace } }

    /// - Parameter host: a host name or an IPv4 or IPv6 address, perhaps with a port.
    func include(_ host: String) -> Bool {
        let host = Self.withoutPort(host[...])
        return entries.contains { entry in
            if entry == "*" { return true }
            let parts = entry.split(separator: "/", maxSplits: 1)
            if parts.count == 2 { return Self.isNetwork(parts[0], parts[1], around: host) }
            let name = Self.withoutPort(entry).drop { $0 == "*" }.drop { $0 == "." }
            guard name.count == host.count else { return host.lowercased().hasSuffix(".\(name.lowercased())") }
            return name.lowercased() == host.lowercased()
        }
    }

    private static func withoutPort(_ text: Substring) -> Substring {
        if text.first == "[" { return text.dropFirst().prefix { $0 != "]" } }
        return text.count { $0 == ":" } == 1 ? text.prefix { $0 != ":" } : text
    }

    /// Whether an address is in a network. An IPv6 network counts as one around every IPv6 address.
    private static func isNetwork(_ network: Substring, _ length: Substring, around host: Substring) -> Bool {
        guard let network = address(network), let host = address(host), let length = Int(length),
            (0...32).contains(length)
        else { return network.contains(":") && host.contains(":") }
        return length == 0 || (network ^ host) >> (32 - length) == 0
    }

    private static func address(_ text: Substring) -> UInt32? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false).map { UInt8($0) }
        guard parts.count == 4 else { return nil }
        return parts.reduce(UInt32?(0)) { sum, part in sum.flatMap { sum in part.map { sum << 8 | UInt32($0) } } }
    }
}
