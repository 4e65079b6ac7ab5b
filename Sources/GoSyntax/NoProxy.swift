/// The servers that are reached without a proxy: the value of `NO_PROXY`, with the rules of Go's
/// golang.org/x/net/http/httpproxy. Entries that cannot be parsed are ignored.
package struct NoProxy: Sendable {
    private enum Rule {
        case network(IPNetwork)
        /// The port is nil for all ports.
        case address(IPAddress, port: Substring?)
        /// `suffix` begins with a dot; the name after the dot is included or not.
        case domain(suffix: String, includesItself: Bool, port: Substring?)
    }

    private var rules: [Rule] = []
    private var excludesAll = false

    /// - Parameter text: Entries separated by commas: `*`, networks in CIDR notation, addresses, and domains, which
    ///   include the names below them; with a dot or `*.` in front, only the names below are meant. Addresses and
    ///   domains may have a port.
    package init(_ text: String) {
        for part in text.lowercased().split(separator: ",") {
            let entry = part.trimmingSpaces
            if entry == "*" { excludesAll = true }
            if let rule = Self.rule(entry) { rules.append(rule) }
        }
    }

    private static func rule(_ entry: Substring) -> Rule? {
        if let network = IPNetwork(entry) { return .network(network) }
        var (host, port) = hostAndPort(entry)
        if let address = IPAddress(host) { return .address(address, port: port) }
        if host.hasPrefix("*.") { host = host.dropFirst() }
        guard !host.isEmpty else { return nil }
        guard !host.hasPrefix(".") else { return .domain(suffix: String(host), includesItself: false, port: port) }
        return .domain(suffix: "." + host, includesItself: true, port: port)
    }

    /// The port is nil if there is none; an IPv6 address with a port has brackets.
    private static func hostAndPort(_ entry: Substring) -> (host: Substring, port: Substring?) {
        guard let colon = entry.lastIndex(of: ":") else { return (entry, nil) }
        let (host, port) = (entry[..<colon], entry[colon...].dropFirst())
        if host.hasPrefix("["), host.hasSuffix("]") { return (host.dropFirst().dropLast(), port.isEmpty ? nil : port) }
        return host.contains(":") ? (entry, nil) : (host, port.isEmpty ? nil : port)
    }

    /// Whether the server is reached without a proxy. This machine itself always is.
    package func contains(host: String, port: Int) -> Bool {
        let host = host.lowercased()
        let address = IPAddress(host)
        if excludesAll || host == "localhost" || address?.isLoopback ?? false { return true }
        return rules.contains { rule in
            switch rule {
            case .network(let network): return address.map(network.contains) ?? false
            case .address(let excluded, let ports): return excluded == address && ports ?? "\(port)" == "\(port)"
            case .domain(let suffix, let includesItself, let ports):
                let isMatch = host.hasSuffix(suffix) || (includesItself && host == suffix.dropFirst())
                return isMatch && ports ?? "\(port)" == "\(port)"
            }
        }
    }
}

extension Substring {
    fileprivate var trimmingSpaces: Substring {
        var text = self.drop(while: \.isWhitespace)
        while text.last?.isWhitespace ?? false { text.removeLast() }
        return text
    }
}
