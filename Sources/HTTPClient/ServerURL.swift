/// The address of a server: an `http` or `https` URL without user, query and fragment.
package struct ServerURL: Equatable, Sendable {
    package let isTLS: Bool
    /// A name or an IP address. An IPv6 address has no brackets here.
    package let host: String
    package let port: Int
    /// The part of the path before `/api`: empty, or with a slash at the start and none at the end.
    package let pathPrefix: String

    package init(isTLS: Bool, host: String, port: Int, pathPrefix: String = "") {
        self.isTLS = isTLS
        self.host = host
        self.port = port
        self.pathPrefix = pathPrefix
    }

    /// - Throws: An error whose reason does not contain the text itself.
    package init(parsing text: String) throws(ServerURLError) {
        let schemes = [("https://", true), ("http://", false)]
        guard let (scheme, isTLS) = schemes.first(where: { text.lowercased().hasPrefix($0.0) }) else {
            throw .init(reason: "must start with https:// or http://")
        }
        let rest = text.dropFirst(scheme.count)
        guard rest.utf8.isPrintableASCII else {
            throw .init(reason: "must consist of printable ASCII characters without spaces")
        }
        guard !rest.contains(where: { "?#".contains($0) }) else {
            throw .init(reason: "must not have a query or a fragment")
        }
        let authority = rest.prefix { $0 != "/" }
        guard !authority.contains("@") else {
            throw .init(reason: "must not have a user name; credentials are given elsewhere")
        }
        let (host, port) = try Self.hostAndPort(authority)
        var path = rest.dropFirst(authority.count)
        while path.hasSuffix("/") { path.removeLast() }
        self.init(isTLS: isTLS, host: host, port: port ?? (isTLS ? 443 : 80), pathPrefix: String(path))
    }

    static func hostAndPort(_ authority: Substring) throws(ServerURLError) -> (String, Int?) {
        let host: Substring
        let rest: Substring
        if authority.hasPrefix("[") {
            guard let end = authority.firstIndex(of: "]") else { throw .init(reason: "']' is missing in the host") }
            host = authority[..<end].dropFirst()
            rest = authority[end...].dropFirst()
        } else {
            host = authority.prefix { $0 != ":" }
            rest = authority.dropFirst(host.count)
        }
        guard !host.isEmpty else { throw .init(reason: "has no host") }
        guard !rest.isEmpty else { return (String(host), nil) }
        guard rest.hasPrefix(":"), let port = Self.port(rest.dropFirst()) else {
            throw .init(reason: "has no valid port (1 to 65535); an IPv6 address needs brackets")
        }
        return (String(host), port)
    }

    /// Nil unless the text is a number from 1 to 65535.
    package static func port(_ text: some StringProtocol) -> Int? {
        guard let port = UInt16(text), port > 0, text.utf8.first != UInt8(ascii: "+") else { return nil }
        return Int(port)
    }

    /// The host and the port as in a URL and in the `Host` header.
    package var authority: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}

extension ServerURL: CustomStringConvertible {
    package var description: String { (isTLS ? "https://" : "http://") + authority + pathPrefix }
}

package struct ServerURLError: Error, Equatable {
    package let reason: String
}

extension Sequence<UInt8> {
    /// Whether all bytes are printable ASCII characters other than spaces, as in bearer tokens and URLs.
    package var isPrintableASCII: Bool { allSatisfy { $0 > 0x20 && $0 < 0x7f } }
}
