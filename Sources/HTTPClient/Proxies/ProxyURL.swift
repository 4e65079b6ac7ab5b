internal import FoundationEssentials

/// The address of a proxy: an `http`, `https` or `socks5` URL, perhaps with a user name and a password. Its description
/// omits these.
package struct ProxyURL: Equatable, Sendable {
    package enum Scheme: String, Sendable {
        case http, https, socks5

        /// The default port of a URL, as in Go.
        fileprivate var defaultPort: Int {
            switch self {
            case .http: 80
            case .https: 443
            case .socks5: 1080
            }
        }
    }

    struct Credentials: Equatable, Sendable {
        let user: [UInt8]
        let password: [UInt8]
    }

    package let scheme: Scheme
    /// A name or an IP address. An IPv6 address has no brackets here.
    package let host: String
    package let port: Int
    let credentials: Credentials?

    /// A path is ignored, as in Go. `socks5h` is a synonym of `socks5`, in which the proxy always resolves names.
    ///
    /// - Throws: An error whose reason does not contain the text itself, which may include a password.
    package init(parsing text: String) throws(ServerURLError) {
        guard text.utf8.isPrintableASCII else {
            throw .init(reason: "must consist of printable ASCII characters without spaces")
        }
        let name = text.prefix { $0 != ":" }.lowercased()
        let rest = text.dropFirst(name.count)
        guard rest.hasPrefix("://"), let scheme = Scheme(rawValue: name == "socks5h" ? "socks5" : name) else {
            throw .init(reason: "must start with http://, https:// or socks5://")
        }
        let authority = rest.dropFirst(3).prefix { !"/?#".contains($0) }
        let start = authority.lastIndex(of: "@").map { authority.index(after: $0) } ?? authority.startIndex
        let (host, port) = try ServerURL.hostAndPort(authority[start...])
        self.scheme = scheme
        self.host = host
        self.port = port ?? scheme.defaultPort
        let userInfo = authority[..<start].dropLast()
        credentials = start == authority.startIndex ? nil : try Credentials(userInfo, for: scheme)
    }

    /// The value of the `Proxy-Authorization` header (RFC 9110, 11.7.2), with the "Basic" scheme (RFC 7617).
    var authorization: String? {
        credentials.map { "Basic " + Data($0.user + [UInt8(ascii: ":")] + $0.password).base64EncodedString() }
    }
}

extension ProxyURL: CustomStringConvertible {
    package var description: String {
        "\(scheme.rawValue)://" + ServerURL(isTLS: false, host: host, port: port).authority
    }
}

extension ProxyURL.Credentials {
    /// - Parameter userInfo: The user name, and perhaps a colon and the password, both percent-encoded (RFC 3986, 3.2.1).
    fileprivate init(_ userInfo: Substring, for scheme: ProxyURL.Scheme) throws(ServerURLError) {
        let encodedUser = userInfo.prefix { $0 != ":" }
        guard let user = Self.decode(encodedUser), let password = Self.decode(userInfo.dropFirst(encodedUser.count + 1))
        else { throw .init(reason: "has a user name or a password with a % that two hexadecimal digits do not follow") }
        // The lengths are bytes in SOCKS (RFC 1929, 2).
        guard scheme != .socks5 || (1...255 ~= user.count && password.count <= 255) else {
            throw .init(reason: "must have a user name of 1 to 255 bytes and a password of at most 255 for SOCKS")
        }
        self.init(user: user, password: password)
    }

    private static func decode(_ text: Substring) -> [UInt8]? {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            let digits = String(decoding: rest.prefix(2), as: UTF8.self)
            guard digits.utf8.count == 2, digits.allSatisfy(\.isHexDigit), let value = UInt8(digits, radix: 16) else {
                return nil
            }
            rest = rest.dropFirst(2)
            bytes.append(value)
        }
        return bytes
    }
}
